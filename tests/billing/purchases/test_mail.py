from datetime import timedelta

from django.core import mail
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from billing import ledger, maintenance
from billing.models import BalanceAlert, Purchase
from billing.purchases import low_balance_mail, receipts
from billing.refunds import refund
from billing.signals import balance_low
from billing.stripe.objects import RefundFacts
from tests.support import letters


def test_a_paid_purchase_has_its_receipt_sent_once(bought, alice):
    purchase = bought("growth")
    assert ProcrastinateJob.objects.filter(task_name="billing.tasks.send_receipt").count() == 1
    for _ in range(3):
        receipts.complete(purchase.pk)
    assert letters.deliver() == 1
    (letter,) = mail.outbox
    purchase.refresh_from_db()
    assert letter.to == [alice.email]
    assert "1,200 credits" in letter.subject
    assert "$30.00" in letter.body
    assert "Visa 4242" in letter.body
    assert purchase.invoice_number in letter.subject
    assert "To get a refund, reply to this email" in letter.body
    assert purchase.charge.startswith("ch_")
    html = letter.alternatives[0].content
    assert "1,200 credits added" in html
    assert purchase.invoice_url in html


def test_an_unpaid_purchase_has_no_receipt(buy):
    purchase = buy()
    receipts.complete(purchase.pk)
    assert letters.posted() == []


def test_a_receipt_whose_job_was_lost_is_sent_later(bought):
    bought()
    ProcrastinateJob.objects.filter(task_name="billing.tasks.send_receipt").update(status="failed")
    assert maintenance.receipts() == 0
    Purchase.objects.update(paid_at=timezone.now() - timedelta(hours=1))
    assert maintenance.receipts() == 1


def test_a_refund_is_told_with_what_is_left(bought, operator, workspace):
    purchase = bought()
    ledger.hold(workspace, 350, reference="generation:1")
    refund.refund(purchase, credits=100, reason="Too many", actor=operator)
    letters.deliver()
    (letter,) = mail.outbox
    assert letter.subject == "$2.50 is on its way back to you"
    assert "owes 50 credits" in letter.body


def told_of(kind):
    return [one["about"]["refund"] for one in letters.posted() if one["kind"] == kind]


def test_a_refund_that_failed_afterwards_is_told_with_the_credits_that_came_back(
    bought, operator, alice, stripe
):
    row = refund.refund(bought(), credits=100, reason="Too many", actor=operator)
    failed = RefundFacts.read(stripe.do(f"refunds/{row.stripe_id}/fail"))
    for _ in range(2):
        refund.sync_from_stripe(failed)
    assert told_of("billing.refund") == told_of("billing.refund_failed") == [str(row.pk)]
    letters.deliver()  # the one of the refund is late, and says nothing that is no longer true
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == ([alice.email], "$2.50 could not be paid back to you")
    assert "has 400 credits now" in letter.body


def test_a_refund_made_in_stripes_dashboard_is_told_too(bought, stripe):
    made = stripe.post("refunds", payment_intent=bought().payment_intent, amount=300)
    row = refund.sync_from_stripe(RefundFacts.read(made))
    assert told_of("billing.refund") == [str(row.pk)]


def test_a_refund_that_stripe_never_took_is_not_told(bought, stripe):
    purchase = bought()
    made = stripe.post("refunds", payment_intent=purchase.payment_intent, amount=300)
    refund.sync_from_stripe(RefundFacts.read({**made, "status": "failed"}))
    assert told_of("billing.refund") == told_of("billing.refund_failed") == []


def test_low_credits_are_told_once_until_more_come_in(bought, workspace, alice):
    heard = []

    def hear(available, **_):
        heard.append(available)

    balance_low.connect(hear)
    bought()
    assert low_balance_mail.notify_owners() == 0
    ledger.hold(workspace, 385, reference="generation:1")
    assert [low_balance_mail.notify_owners() for _ in range(3)] == [1, 0, 0]
    letters.deliver()
    assert heard == [15]
    ledger.grant(workspace, 2, key="g", reference="r")
    assert low_balance_mail.notify_owners() == 1
    letters.deliver()
    assert [letter.subject for letter in mail.outbox] == [
        f"{workspace} has 15 credits left",
        f"{workspace} has 17 credits left",
    ]


def test_who_never_bought_is_not_bothered(workspace, alice, fund):
    fund(workspace, 3)
    assert low_balance_mail.notify_owners() == 0


def test_the_threshold_is_the_workspaces_own(bought, workspace):
    bought()
    BalanceAlert.objects.create(workspace=workspace, threshold=500)
    assert low_balance_mail.notify_owners() == 1
    BalanceAlert.objects.update(threshold=0, told_at=None)
    assert low_balance_mail.notify_owners() == 0
