"""Start of a purchase: our own row first, then the page to pay on."""

from datetime import timedelta

import stripe
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from stripe.params.checkout import SessionCreateParams

from accounts.models import User, Workspace
from billing.errors import ClientRefused, QuantityRefused, UnknownPack
from billing.fraud import card_testing
from billing.models import PaymentPage, Purchase
from billing.plans import offers
from billing.plans.offers import Offer
from billing.purchases import test_payment
from billing.stripe import customers, keys
from billing.stripe.client import client
from billing.stripe.failures import stripe_errors_as_refusals
from core.errors import KeyReused

MAX_PACKS = 20
OPEN_FOR = timedelta(hours=2)
"""Lifetime of a payment page; Stripe allows 30 minutes to 24 hours."""
GOES_ON_FOR = OPEN_FOR - timedelta(minutes=35)
"""Age up to which a purchase without a page can be resumed; later its page would close too soon for Stripe."""


def start(
    workspace: Workspace,
    pack_slug: str,
    quantity: int = 1,
    *,
    user: User | None = None,
    request_key: str | None = None,
    address: str | None = None,
) -> Purchase:
    """Begin a purchase; its `checkout_url` is where to pay: Stripe's page, or in a test world one of our own.

    Args:
        workspace: the workspace that gets the credits.
        pack_slug: a pack that is on offer to it.
        quantity: number of packs, 1 to 20.
        user: the buyer; None for a token.
        request_key: idempotency key of the click or call; the same key returns the same purchase.
        address: the IP address of the request, if known.

    Raises:
        ClientRefused, UnknownPack, QuantityRefused, KeyReused, TooManyCheckouts, CheckoutPaused: nothing was begun.
        PaymentsUnavailable: Stripe does not answer; the same key resumes where this stopped.
    """
    if workspace.parent_id is not None:
        raise ClientRefused(
            "A client's credits come from its partner: it can't buy any. Nothing was charged."
        )
    if not 1 <= quantity <= MAX_PACKS:
        raise QuantityRefused(
            f"You can buy 1 to {MAX_PACKS} packs at once. Nothing was charged.", param="quantity"
        )
    offer = next((offer for offer in offers.for_workspace(workspace) if offer.slug == pack_slug), None)
    if offer is None:
        raise UnknownPack("This pack is not on sale. Nothing was charged; choose another one.", param="pack")
    purchase = _order(workspace, offer, quantity, user, request_key, address)
    if purchase.checkout_session is not None or purchase.status != Purchase.Status.PENDING:
        return purchase
    if workspace.is_test:
        test_payment.open_page(purchase)
    else:
        with stripe_errors_as_refusals("No payment was started and nothing was charged"):
            _open_page(purchase, user)
    return purchase


def _order(  # noqa: PLR0917 -- what `start` was given
    workspace: Workspace,
    offer: Offer,
    quantity: int,
    user: User | None,
    request_key: str | None,
    address: str | None,
) -> Purchase:
    """Create our row with a copy of what is promised, and record its page; a known key returns its row."""
    with transaction.atomic():
        card_testing.lock(workspace)
        if request_key is not None:
            earlier = Purchase.objects.filter(workspace=workspace, request_key=request_key).first()
            if earlier is not None:
                if (earlier.pack_slug, earlier.quantity) != (offer.slug, quantity):
                    raise KeyReused(
                        "This idempotency key was used for another purchase. Nothing was charged; use a new key."
                    )
                if earlier.checkout_session is None and not workspace.is_test:
                    card_testing.refuse_paused(workspace)
                    _refuse_old(earlier)
                return earlier
        purchase = Purchase.objects.create(
            workspace=workspace,
            created_by=user,
            request_key=request_key,
            pack_slug=offer.slug,
            pack_name=offer.pack.name,
            quantity=quantity,
            credits=offer.credits * quantity,
            amount=offer.amount * quantity,
            currency=settings.CURRENCY,
            livemode=settings.STRIPE_LIVE_MODE and not workspace.is_test,
            address=address,
        )
        if not workspace.is_test:
            card_testing.open_page(workspace, user, address, purchase)
        return purchase


def _refuse_old(purchase: Purchase) -> None:
    if purchase.created_at < timezone.now() - GOES_ON_FOR:
        raise KeyReused(
            "This purchase was started too long ago to continue. Nothing was charged; use a new key."
        )


def _open_page(purchase: Purchase, user: User | None) -> None:
    """Open Stripe's page for the purchase.

    The idempotency key makes a retry after a crash find the same page. After a 500 of Stripe's it is another page; if
    the first was made all the same, nobody has its address.
    """
    page = customers.call_with_customer(
        purchase.workspace, user, lambda customer: _create(purchase, customer)
    )
    assert page.url is not None, "a new page has an address"
    purchase.checkout_session, purchase.checkout_url = page.id, page.url
    # The webhook may have been faster: touch only these two columns.
    purchase.save(update_fields=["checkout_session", "checkout_url"])
    if (opened := PaymentPage.objects.filter(purchase=purchase).first()) is not None:
        card_testing.record_opened(opened, page.id)


def _create(purchase: Purchase, customer: str) -> stripe.checkout.Session:
    with keys.attempt(f"checkout:{purchase.pk}:{customer}") as key:
        return client().v1.checkout.sessions.create(_page(purchase, customer), {"idempotency_key": key})


def _page(purchase: Purchase, customer: str) -> SessionCreateParams:
    back = f"{settings.BASE_URL}/billing"
    params: SessionCreateParams = {
        "mode": "payment",
        "customer": customer,
        "client_reference_id": purchase.public_id,
        "metadata": {"purchase": purchase.public_id},
        "payment_intent_data": {"metadata": {"purchase": purchase.public_id}},
        "line_items": [
            {
                "quantity": purchase.quantity,
                "price_data": {
                    "currency": purchase.currency,
                    "unit_amount": purchase.amount // purchase.quantity,
                    # Tax comes on top, whatever the account's default is.
                    "tax_behavior": "exclusive",
                    "product_data": {
                        "name": f"{purchase.pack_name}: {purchase.credits // purchase.quantity:,} credits"
                    },
                },
            }
        ],
        "invoice_creation": {"enabled": True},
        "automatic_tax": {"enabled": settings.STRIPE_AUTOMATIC_TAX},
        "expires_at": int((purchase.created_at + OPEN_FOR).timestamp()),
        "success_url": f"{back}/return/{purchase.public_id}",
        "cancel_url": f"{back}?left={purchase.public_id}",
    }
    if settings.STRIPE_AUTOMATIC_TAX:
        params["customer_update"] = {"address": "auto", "name": "auto"}
        params["tax_id_collection"] = {"enabled": True}
    return params
