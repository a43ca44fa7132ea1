"""The steps of the drill, in order; each holds one thing that the product relies on against Stripe's answer."""

import time
import uuid
from datetime import timedelta

import stripe
from django.conf import settings
from django.utils import timezone

from billing.models import Customer, Dispute, FraudWarning, Purchase, Refund
from billing.purchases import checkout, receipts
from billing.reconciliation import run as proof
from billing.refunds import refund
from billing.stripe import account
from billing.stripe.client import client
from tests.drill import scene
from tests.drill.book import Book, expect
from tests.drill.scene import Scene

MONTH = 30 * 86_400


def play(patience: float) -> Book:
    """Play the whole drill.

    Args:
        patience: seconds to wait for what Stripe does by itself, such as a dispute.
    """
    book = Book(patience)
    began = timezone.now() - timedelta(minutes=1)
    with book.step("the account is paid out in our currency"):
        found = account.objections()
        expect(not found, " ".join(found))
    place = Scene(book, scene.clock(book), int(time.time()))
    for step in (page, keys, purchases, refunds, disputes, inquiry, warning):
        step(place)
    with book.step("the nightly proof of all this"):
        compared = proof.run(began, with_checks=False)
        expect(not compared.differences, "; ".join(compared.differences))
    end(place)
    return book


def page(place: Scene) -> None:
    """Open and expire a page; paying on it takes a browser."""
    with place.book.step("a payment page opens as we ask for it, and expires"):
        buyer = place.customer("pm_card_visa")
        offer = scene.offers.for_workspace(buyer.workspace)[0]
        purchase = checkout.start(buyer.workspace, offer.slug, user=buyer.owner)
        shown = client().v1.checkout.sessions.retrieve(purchase.checkout_session or "")
        said = (shown.amount_total, shown.currency, shown.client_reference_id)
        expect(said == (purchase.amount, settings.CURRENCY, purchase.public_id), f"the page says {said}")
        client().v1.checkout.sessions.expire(shown.id)
        place.until(lambda: _status(purchase) == Purchase.Status.EXPIRED, "the purchase is not expired")


def keys(place: Scene) -> None:
    """Find out what is kept for an idempotency key."""
    customers = client().v1.customers
    with place.book.step("the same key is the same customer, and another request with it is refused"):
        key = f"drill:{uuid.uuid4()}"
        first = customers.create({"name": "drill"}, {"idempotency_key": key})
        again = customers.create({"name": "drill"}, {"idempotency_key": key})
        expect(first.id == again.id, "one key made two customers")
        try:
            customers.create({"name": "other"}, {"idempotency_key": key})
        except stripe.IdempotencyError:
            pass
        else:
            expect(False, "another request with the same key was taken")
        customers.delete(first.id)
        gone = customers.retrieve(first.id)
        place.book.answer("a deleted customer", f"deleted: {getattr(gone, 'deleted', None)}")
    with place.book.step("whether a refusal is kept for its key"):
        asked = {"amount": 500, "currency": settings.CURRENCY, "customer": "cus_nobody"}
        key, replayed = f"drill:{uuid.uuid4()}", ""
        for _ in range(2):
            try:
                client().v1.payment_intents.create(asked, {"idempotency_key": key})  # type: ignore[arg-type]
            except stripe.InvalidRequestError as refused:
                replayed = (refused.headers or {}).get("idempotent-replayed", "no")
        place.book.answer("a 400 is repeated to its key", replayed)


def purchases(place: Scene) -> None:
    """Charge saved cards without anybody present: one that pays, and two that don't."""
    with place.book.step("a saved card pays, and the fee of the payment is in our currency"):
        buyer = place.customer("pm_card_visa")
        purchase = buyer.bought()
        expect(buyer.credits == (purchase.credits, 0, 0), f"credits are {buyer.credits}")
        place.until(lambda: _fee(purchase), "the fee is not known")
        place.book.answer("the fee of a payment, in cents", f"{_fee(purchase)} of {purchase.total}")
    for card, because in (
        ("pm_card_chargeCustomerFail", "declined"),
        ("pm_card_authenticationRequired", "needs_payer"),
    ):
        with place.book.step(f"{card} pauses auto top-up"):
            buyer = place.customer(card)
            expect(_status(buyer.buy()) == Purchase.Status.FAILED, "the purchase did not fail")
            expect(buyer.paused_for == because, f"it is paused for {buyer.paused_for or 'nothing'}")


def refunds(place: Scene) -> None:
    """Refund in parts and in full, and by cards whose refunds take long or fail."""
    with place.book.step("a refund of a part, then of the rest"):
        buyer = place.customer("pm_card_visa")
        purchase = buyer.bought()
        refund.refund(purchase, credits=purchase.credits // 4, reason="Drill")
        refund.refund(purchase, whole=True, reason="Drill")
        place.until(lambda: _refunds(purchase) == {"succeeded"}, "the refunds did not succeed")
        expect(buyer.credits == (0, 0, 0), f"credits are {buyer.credits}")
    with place.book.step("a refund that takes long is under way"):
        buyer = place.customer("pm_card_pendingRefund")
        purchase = buyer.bought()
        refund.refund(purchase, whole=True, reason="Drill")
        expect(_refunds(purchase) <= {"pending", "succeeded"}, f"it is {_refunds(purchase)}")
        expect(buyer.credits == (0, 0, 0), f"credits are {buyer.credits}")
    with place.book.step("a refund that fails gives the credits back"):
        buyer = place.customer("pm_card_refundFail")
        purchase = buyer.bought()
        refund.refund(purchase, whole=True, reason="Drill")
        place.until(lambda: _refunds(purchase) == {"failed"}, "the refund did not fail")
        expect(buyer.credits == (purchase.credits, 0, 0), f"credits are {buyer.credits}")


def disputes(place: Scene) -> None:
    """Dispute payments, and answer with the words for which the test bank has a verdict."""
    for card, words, left in (
        ("pm_card_createDispute", "winning_evidence", 1),
        ("pm_card_createDisputeProductNotReceived", "losing_evidence", 0),
    ):
        with place.book.step(f"{card}, answered with {words}"):
            buyer = place.customer(card)
            purchase = buyer.bought()
            row = _disputed(place, purchase)
            expect(buyer.credits == (0, purchase.credits, 0), f"credits are {buyer.credits}")
            place.book.answer(
                f"lines, fee and programs of {card}", f"{row.lines}, {row.fee}, {sorted(row.enhanced)}"
            )
            client().v1.disputes.update(
                row.stripe_id, {"evidence": {"uncategorized_text": words}, "submit": True}
            )
            wanted = (purchase.credits * left, 0, 0)
            place.until(lambda b=buyer, w=wanted: b.credits == w, f"credits are not {wanted}")


def inquiry(place: Scene) -> None:
    """End an inquiry with a refund in full."""
    with place.book.step("an inquiry ends with a refund in full"):
        buyer = place.customer("pm_card_createDisputeInquiry")
        purchase = buyer.bought()
        row = _disputed(place, purchase)
        expect(row.is_refundable, "the payment can't be refunded")
        refund.refund(purchase, whole=True, reason="Drill")
        place.until(lambda: not _dispute(row).is_undecided, "the inquiry goes on")
        expect(buyer.credits == (0, 0, 0), f"credits are {buyer.credits}")
        place.book.answer(
            "lines and fee of an inquiry that ended so", f"{_dispute(row).lines}, {_dispute(row).fee}"
        )


def warning(place: Scene) -> None:
    """Have a card network warn of fraud."""
    with place.book.step("a warning of fraud is listed"):
        purchase = place.customer("pm_card_createIssuerFraudRecord").bought()
        place.until(lambda: FraudWarning.objects.filter(purchase=purchase).exists(), "there is no warning")


def end(place: Scene) -> None:
    """Let a month pass, then delete the clock, and its customers with it."""
    if not place.clock:
        return
    clocks = client().v1.test_helpers.test_clocks
    with place.book.step("a month passes, and a saved card still pays"):
        clocks.advance(place.clock, {"frozen_time": int(time.time()) + MONTH})
        place.until(lambda: clocks.retrieve(place.clock).status == "ready", "the clock is not ready")
        place.customer("pm_card_visa").bought()
    with place.book.step("customers that go with their clock are replaced by the next purchase"):
        buyer = place.customer("pm_card_visa")
        clocks.delete(place.clock)
        gone = client().v1.customers.retrieve(buyer.customer)
        expect(getattr(gone, "deleted", False), "the customer is still there")
        offer = scene.offers.for_workspace(buyer.workspace)[0]
        checkout.start(buyer.workspace, offer.slug, user=buyer.owner)
        now = Customer.objects.get(workspace=buyer.workspace).stripe_id
        expect(now != buyer.customer, "the customer is the one that was deleted")
        client().v1.customers.delete(now)


def _disputed(place: Scene, purchase: Purchase) -> Dispute:
    place.until(
        lambda: Dispute.objects.filter(purchase=purchase, is_frozen=True).exists(), "nothing is frozen"
    )
    return Dispute.objects.get(purchase=purchase)


def _dispute(row: Dispute) -> Dispute:
    row.refresh_from_db()
    return row


def _status(purchase: Purchase) -> str:
    purchase.refresh_from_db()
    return purchase.status


def _fee(purchase: Purchase) -> int | None:
    receipts.note_fee(purchase.pk)
    purchase.refresh_from_db()
    return purchase.fee


def _refunds(purchase: Purchase) -> set[str]:
    return set(Refund.objects.filter(purchase=purchase).values_list("status", flat=True))
