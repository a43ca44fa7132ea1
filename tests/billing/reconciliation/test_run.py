"""Planted differences, one of each kind, each found and named."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.utils import timezone

from billing import ledger
from billing.accounting import books
from billing.disputes import dispute
from billing.models import Dispute, Purchase, Reconciliation, Refund
from billing.purchases import fulfillment, receipts
from billing.reconciliation import run
from billing.refunds import refund
from billing.stripe.objects import DisputeFacts
from tests.billing.stripe_events import deliver_all

pytestmark = pytest.mark.tampers


@pytest.fixture
def trade(bought, buy, workspace, operator, stripe):
    """Some trade, all of it in order: two purchases, a refund, a dispute, some use."""
    first, second = bought(), bought("growth")
    buy(outcome="")
    refund.refund(first, credits=100, reason="Too many", actor=operator)
    stripe.do("disputes", payment_intent=second.payment_intent)
    deliver_all(stripe.events("charge.dispute.created", "charge.dispute.funds_withdrawn"))
    ledger.hold(workspace, 30, reference="generation:1")
    ledger.capture("generation:1", 20, key="c", about="image:1")
    return first, second


def sql(statement):
    """Behind everybody's back: no trigger, no check."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_trade_in_order_has_no_difference(trade):
    out = StringIO()
    call_command("reconcile", stdout=out)
    assert "No difference" in out.getvalue()
    row = Reconciliation.objects.get()
    assert row.differences == []
    assert (row.counts["payments"], row.counts["refunds"], row.counts["disputes"]) == (2, 1, 1)
    assert row.counts["paid cents"] == 4_000


def test_the_list_of_differences_has_an_end(workspace, monkeypatch):
    sql(
        "INSERT INTO billing_transfer (id, workspace_id, kind, source, target, amount, key, reference, reason, available_after)"
        f" SELECT uuidv7(), '{workspace.pk}', 'grant', 'granted', 'used', 1, 'k' || n, 'r', '', 0"
        " FROM generate_series(1, 1100) AS n"
    )
    out = StringIO()
    with pytest.raises(CommandError, match=r"^1102 differences; compared"):
        call_command("reconcile", "--days", "1", stdout=out)
    row = Reconciliation.objects.get()
    assert (len(row.differences), row.number) == (1000, 1102)
    *lines, last = out.getvalue().splitlines()
    assert lines == row.differences
    assert last == "… and 102 more"


def update(model, **values):
    return lambda first, second, stripe: model.objects.update(**values)


def purchase(**values):
    return lambda first, second, stripe: Purchase.objects.filter(pk=first.pk).update(**values)


def by_sql(statement):
    return lambda first, second, stripe: sql(statement)


def at_stripe(path, **form):
    def plant(first, second, stripe):
        stripe.post(path, **{key: value.format(first=first, second=second) for key, value in form.items()})

    return plant


def paid_and_not_told(first, second, stripe):
    open_one = Purchase.objects.get(status="pending")
    stripe.do(f"sessions/{open_one.checkout_session}/pay")


def paid_twice(first, second, stripe):
    Purchase.objects.filter(pk=first.pk).update(payment_intent="pi_earlier")


def parked(first, second, stripe):
    Refund.objects.update(purchase=None)


def charge_of(purchase, stripe):
    return stripe.get(f"payment_intents/{purchase.payment_intent}")["latest_charge"]


def change_metadata(first, second, stripe):
    stripe.post(f"payment_intents/{first.payment_intent}", **{"metadata[purchase]": second.public_id})


OLD = timezone.now() - timedelta(days=40)
PLANTED = {
    "I3": by_sql("UPDATE billing_wallet SET available = available + 7"),
    "I6": by_sql("UPDATE billing_hold SET captured = captured + 1 WHERE reference LIKE 'generation%'"),
    "I9": by_sql(
        "UPDATE billing_purchase SET credits = credits + 1 WHERE status = 'paid' AND pack_slug = 'growth'"
    ),
    "I10": by_sql("ALTER TABLE billing_hold DISABLE TRIGGER hold_ends_once"),
    "taken back": by_sql("UPDATE billing_refund SET amount = 260"),
    "refunded too much": by_sql("UPDATE billing_refund SET amount = 1001"),
    "parked": parked,
    "freeze": by_sql("UPDATE billing_dispute SET status = 'lost'"),
    "stuck": lambda first, second, stripe: Purchase.objects.filter(status="pending").update(created_at=OLD),
    "unsent": update(Refund, stripe_id=None, status="pending", created_at=OLD),
    "review": lambda first, second, stripe: Purchase.objects.filter(status="pending").update(
        status="review", review_reason="Another amount"
    ),
    "receipt": update(Purchase, paid_at=OLD),
    "payment": purchase(payment_intent=None),
    "not credited": paid_and_not_told,
    "not paid": purchase(payment_intent="pi_nobody"),
    "paid twice": paid_twice,
    "amount": purchase(amount=999),
    "currency": purchase(currency="eur"),
    "mode": purchase(livemode=True),
    "wrong purchase": change_metadata,
    "refund unknown": at_stripe("refunds", payment_intent="{first.payment_intent}", amount="10"),
    "refund amount": update(Refund, amount=251),
    "refund status": update(Refund, status="pending"),
    "refund missing": update(Refund, stripe_id="re_nobody"),
    "dispute unknown": lambda first, second, stripe: stripe.do(
        "disputes", payment_intent=first.payment_intent
    ),
    "dispute status": update(Dispute, status="under_review"),
    "dispute amount": update(Dispute, amount=1),
    "dispute missing": update(Dispute, stripe_id="dp_nobody"),
    "fee": lambda first, second, stripe: Purchase.objects.filter(pk=first.pk).update(fee=F("fee") + 1),
    "fee twice": lambda first, second, stripe: stripe.do(
        "balance_transactions", type="charge", amount=0, fee=59, source=charge_of(first, stripe)
    ),
    "fee missing": purchase(payment_intent="pi_nobody"),
    "balance total": lambda first, second, stripe: stripe.do(
        "balance_transactions", type="adjustment", amount=-5, source=Dispute.objects.get().stripe_id
    ),
    "balance held": lambda first, second, stripe: stripe.do("balance", amount=-1),
}


OF_ALL_LINES = {"fee missing", "balance total", "balance held"}
"""What is told by all lines of Stripe's balance together."""


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_difference_is_found(trade, stripe, kind):
    assert run.run().differences == []
    PLANTED[kind](*trade, stripe)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("reconcile", *(["--full"] if kind in OF_ALL_LINES else []), stdout=out)
    assert any(line.startswith(f"{kind}:") for line in out.getvalue().splitlines()), out.getvalue()


def test_all_at_once_are_found_at_once(trade, stripe):
    """As many as do not hide one another."""
    compatible = [
        "I3", "I6", "I9", "I10", "taken back", "freeze", "receipt", "not credited", "currency", "mode",
        "wrong purchase", "refund unknown", "dispute unknown", "fee twice", "balance held",
    ]  # fmt: skip
    for kind in compatible:
        PLANTED[kind](*trade, stripe)
    found = {line.partition(":")[0] for line in run.run().differences}
    assert set(compatible) <= found


def test_a_window_looks_at_what_is_new(trade):
    assert run.run(timezone.now() - timedelta(days=1)).differences == []


def test_what_is_older_than_the_window_is_not_missed(trade):
    """Refunds and disputes, too, are not in a list of what is new."""
    assert run.run(timezone.now() + timedelta(minutes=5)).differences == []


def test_what_came_after_a_moment_is_not_asked_for(trade, stripe):
    """A database of yesterday knows nothing of what was paid since."""
    paid_and_not_told(*trade, stripe)
    assert run.run().differences != []
    assert run.run(until=timezone.now() - timedelta(minutes=5)).differences == []


def test_what_was_lost_in_between_is_caught_up_with(trade, stripe):
    open_one = Purchase.objects.get(status="pending")
    stripe.do(f"sessions/{open_one.checkout_session}/pay")
    assert run.run().differences != []
    fulfillment.fulfill(open_one.checkout_session)
    assert run.run().differences == []


def test_a_lost_dispute_is_in_order_too(trade):
    _, second = trade
    row = Dispute.objects.get()
    dispute.sync_from_stripe(
        DisputeFacts(row.stripe_id, second.payment_intent, "", 3_000, "needs_response", "", None)
    )
    assert run.run().differences == []


def test_fees_are_learned_once_and_stand_in_the_books(trade):
    first, second = trade
    assert set(Purchase.objects.values_list("fee", flat=True)) == {None}
    assert run.run().differences == []
    fees = dict(Purchase.objects.filter(status="paid").values_list("pk", "fee"))
    assert fees == {first.pk: 59, second.pk: 117}  # 2.9 % and 30 cents of $10 and $30
    assert Dispute.objects.get().fee == 1_500
    today = timezone.now().date()
    assert books.period_totals(today, today + timedelta(days=1)).fees == 176


def test_a_receipt_brings_its_fee(trade):
    first, _ = trade
    receipts.complete(first.pk)
    first.refresh_from_db()
    assert first.fee == 59
    assert run.run().differences == []


def test_the_balance_is_what_came_less_what_went(trade, stripe):
    """$10 and $30 less their fees, less $2.50 refunded, less $30 and $15 for a dispute that is still open."""
    stripe.do("balance_transactions", type="payout", amount=-700)
    counts = run.run().counts
    assert counts["balance cents of ours"] == 4_000 - 176 - 250 - 3_000 - 1_500
    assert counts["held cents, usd"] == counts["balance cents of ours"] - 700


def test_a_dispute_that_was_won_and_a_refund_that_failed_leave_their_money(trade, stripe):
    row, back = Dispute.objects.get(), Refund.objects.get()
    stripe.do(f"disputes/{row.stripe_id}/win")
    stripe.do(f"refunds/{back.stripe_id}/fail")
    deliver_all(stripe.events("charge.dispute.closed", "charge.dispute.funds_reinstated", "refund.failed"))
    found = run.run()
    assert found.differences == []
    assert found.counts["balance cents of ours"] == 4_000 - 176 - 1_500
