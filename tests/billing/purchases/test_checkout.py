from datetime import timedelta

import pytest
from django.utils import timezone

from billing import maintenance
from billing.errors import (
    PaymentsUnavailable,
    QuantityRefused,
    TooManyCheckouts,
    UnknownPack,
)
from billing.fraud import card_testing
from billing.ledger.balance import Balance
from billing.models import CreditPack, Customer, PackOffer, PricingTier, Purchase, TierAssignment
from billing.purchases import checkout
from core.errors import KeyReused


def test_a_purchase_is_our_row_first_and_then_a_page_to_pay_on(workspace, alice, stripe, have):
    purchase = checkout.start(workspace, "growth", user=alice)
    assert (purchase.credits, purchase.amount, purchase.currency) == (1_200, 3_000, "usd")
    assert purchase.status == Purchase.Status.PENDING
    session = stripe.get(f"checkout/sessions/{purchase.checkout_session}")
    assert session["url"] == purchase.checkout_url
    assert (session["amount_total"], session["client_reference_id"]) == (3_000, purchase.public_id)
    assert session["metadata"] == {"purchase": purchase.public_id}
    assert session["invoice_creation"]["enabled"]
    assert session["customer"] == workspace.customer.stripe_id
    assert have() == Balance()


def test_several_packs_at_once(workspace, alice, stripe):
    purchase = checkout.start(workspace, "starter", 3, user=alice)
    assert (purchase.credits, purchase.amount) == (1_200, 3_000)
    assert stripe.get(f"checkout/sessions/{purchase.checkout_session}")["amount_total"] == 3_000


def test_a_workspace_has_one_customer(workspace, alice, stripe):
    first, second = (checkout.start(workspace, "starter", user=alice) for _ in range(2))
    customers = {
        stripe.get(f"checkout/sessions/{one.checkout_session}")["customer"] for one in (first, second)
    }
    assert len(customers) == 1


def test_a_click_sent_twice_is_one_purchase(workspace, alice, stripe):
    first, second = (
        checkout.start(workspace, "starter", user=alice, request_key="click-1") for _ in range(2)
    )
    assert first == second
    assert first.checkout_url == second.checkout_url
    assert Purchase.objects.count() == 1


def test_the_same_key_for_something_else_is_refused(workspace, alice, stripe):
    checkout.start(workspace, "starter", user=alice, request_key="click-1")
    with pytest.raises(KeyReused):
        checkout.start(workspace, "growth", user=alice, request_key="click-1")
    assert Purchase.objects.count() == 1


def test_the_same_key_in_another_workspace_is_another_purchase(
    workspace, other_workspace, alice, charlie, stripe
):
    checkout.start(workspace, "starter", user=alice, request_key="click-1")
    checkout.start(other_workspace, "growth", user=charlie, request_key="click-1")
    assert Purchase.objects.count() == 2


@pytest.mark.parametrize("quantity", [0, -1, 21])
def test_too_few_and_too_many_are_refused(workspace, alice, quantity):
    with pytest.raises(QuantityRefused):
        checkout.start(workspace, "starter", quantity, user=alice)
    assert not Purchase.objects.exists()


def test_a_pack_that_is_not_on_sale_is_refused(workspace, alice):
    CreditPack.objects.filter(slug="growth").update(is_active=False)
    for slug in ("growth", "nonsense"):
        with pytest.raises(UnknownPack):
            checkout.start(workspace, slug, user=alice)
    assert not Purchase.objects.exists()


def test_a_tiers_own_price_is_what_its_workspaces_pay(workspace, alice, operator, stripe):
    partner = PricingTier.objects.get(slug="partner")
    PackOffer.objects.create(tier=partner, pack_id="growth", amount=2_400)
    TierAssignment.objects.create(workspace=workspace, tier=partner, assigned_by=operator)
    assert checkout.start(workspace, "growth", user=alice).amount == 2_400
    with pytest.raises(UnknownPack):
        checkout.start(workspace, "starter", user=alice)


def test_five_unpaid_purchases_an_hour_are_enough(workspace, alice, stripe):
    for _ in range(card_testing.UNPAID_AT_MOST):
        checkout.start(workspace, "starter", user=alice)
    with pytest.raises(TooManyCheckouts):
        checkout.start(workspace, "starter", user=alice)
    assert Purchase.objects.count() == card_testing.UNPAID_AT_MOST == 5


def test_when_stripe_is_down_the_same_click_goes_on_later(workspace, alice, stripe):
    stripe.control.post(
        "/script",
        json=[{"match": {"path": "/v1/checkout/sessions"}, "do": "status", "status": 500}],
    )
    with pytest.raises(PaymentsUnavailable):
        checkout.start(workspace, "starter", user=alice, request_key="click-1")
    assert Purchase.objects.get().checkout_session is None
    purchase = checkout.start(workspace, "starter", user=alice, request_key="click-1")
    assert Purchase.objects.get() == purchase
    assert purchase.checkout_url


@pytest.mark.parametrize(("minutes", "goes_on"), [(84, True), (86, False), (1_500, False)])
def test_the_same_click_goes_on_as_long_as_stripe_would_open_its_page(
    workspace, alice, stripe, minutes, goes_on
):
    stripe.control.post(
        "/script",
        json=[{"match": {"path": "/v1/checkout/sessions"}, "do": "status", "status": 500}],
    )
    with pytest.raises(PaymentsUnavailable):
        checkout.start(workspace, "starter", user=alice, request_key="click-1")
    Purchase.objects.update(created_at=timezone.now() - timedelta(minutes=minutes))
    if minutes > 1_440:
        assert maintenance.purchases() == 0  # closes it: nobody can have paid
    if goes_on:
        assert checkout.start(workspace, "starter", user=alice, request_key="click-1").checkout_url
    else:
        with pytest.raises(KeyReused, match="too long ago"):
            checkout.start(workspace, "starter", user=alice, request_key="click-1")
        assert checkout.start(workspace, "starter", user=alice, request_key="click-2").checkout_url


def test_a_customer_that_was_deleted_at_stripe_is_made_anew(workspace, alice, stripe):
    first = checkout.start(workspace, "starter", user=alice)
    gone = Customer.objects.get().stripe_id
    stripe.api.delete(f"/customers/{gone}").raise_for_status()
    second = checkout.start(workspace, "starter", user=alice)
    assert second.checkout_url != first.checkout_url
    assert Customer.objects.get().stripe_id != gone
