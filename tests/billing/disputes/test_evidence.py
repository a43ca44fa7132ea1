"""The evidence of a dispute: found, shown, packed, and sent to Stripe once."""

import csv
import io
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from billing import ledger
from billing.admin.disputes import due
from billing.disputes import evidence, evidence_fields, submission
from billing.errors import EvidenceRefused, PaymentsUnavailable
from billing.models import Dispute
from billing.purchases import receipts
from tests.billing.stripe_events import deliver_all

DAY = 86_400
TYPES = ("charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed")


@pytest.fixture
def purchase(bought):
    return bought()


@pytest.fixture
def dispute(purchase, stripe):
    """A question about the purchase, of which we have heard."""
    receipts.complete(purchase.pk)
    stripe.do("disputes", payment_intent=purchase.payment_intent, reason="product_not_received")
    told(stripe)
    return Dispute.objects.get()


def told(stripe):
    deliver_all(stripe.events(*TYPES))


def at_stripe(stripe, row):
    return stripe.get(f"disputes/{row.stripe_id}")


def spend(workspace, name, credits):
    ledger.hold(workspace, credits, reference=f"generation:{name}")
    ledger.capture(f"generation:{name}", credits, key=f"capture:{name}", about=name)


def test_it_names_customer_purchase_and_use(purchase, dispute, workspace, alice):
    workspace.purchases.update(address="203.0.113.7")
    found = evidence.gather(dispute)
    text = "\n".join(evidence_fields.summary(found))
    for words in (
        "Alice <alice@example.com>", "Starter, 400 credits", "$10.00 with Visa 4242", "IP address of the order: 203.0.113.7",
        f"Payment: {purchase.payment_intent}", "Receipt mailed: ", "0 credits of 400 credits", "product_not_received",
    ):  # fmt: skip
        assert words in text


def test_the_buyers_address_is_kept_with_the_order(alice, client_for, stripe, settings, workspace):
    client_for(alice).post("/billing/buy", {"pack": "starter", "request_key": "k"}, REMOTE_ADDR="203.0.113.9")
    assert workspace.purchases.get().address == "203.0.113.9"


def test_it_is_sent_once_in_stripes_own_fields(purchase, dispute, operator, stripe, have):
    done = submission.send(dispute.pk, operator, "She used it all.")
    there = at_stripe(stripe, dispute)
    assert there["status"] == "under_review"
    assert (there["evidence_details"]["submission_count"], there["evidence_details"]["has_evidence"]) == (
        1,
        True,
    )
    assert there["evidence"]["customer_email_address"] == "alice@example.com"
    assert there["evidence"]["uncategorized_text"].startswith("She used it all.\n\nDispute ")
    assert (done.status, done.submissions, done.evidence_sent_by) == ("under_review", 1, operator)
    assert done.evidence == {name: text for name, text in there["evidence"].items() if text}
    with pytest.raises(EvidenceRefused, match="already"):
        submission.send(dispute.pk, operator)
    told(stripe)
    assert at_stripe(stripe, dispute)["evidence_details"]["submission_count"] == 1
    assert AuditEvent.objects.filter(action="dispute.evidence_sent", target=done.public_id).count() == 1
    assert have().held == 400


def test_what_was_sent_in_the_dashboard_is_not_sent_again(dispute, operator, stripe):
    stripe.post(f"disputes/{dispute.stripe_id}", **{"evidence[uncategorized_text]": "They used it."})
    told(stripe)
    with pytest.raises(EvidenceRefused, match="already"):
        submission.send(dispute.pk, operator)
    dispute.refresh_from_db()
    assert (dispute.submissions, dispute.evidence) == (1, {})


@pytest.mark.parametrize("outcome", ["win", "lose"])
def test_a_closed_dispute_takes_none(dispute, operator, stripe, outcome):
    stripe.do(f"disputes/{dispute.stripe_id}/{outcome}")
    told(stripe)
    with pytest.raises(EvidenceRefused, match="no longer accepts"):
        submission.send(dispute.pk, operator)


def test_too_late_is_too_late(dispute, operator, stripe):
    Dispute.objects.update(due_by=timezone.now())
    with pytest.raises(EvidenceRefused, match="no longer accepts"):
        submission.send(dispute.pk, operator)
    assert at_stripe(stripe, dispute)["evidence_details"]["submission_count"] == 0


def test_a_silent_stripe_is_tried_again_with_the_same_words(dispute, operator, stripe, settings):
    base, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, "http://127.0.0.1:1"
    with pytest.raises(PaymentsUnavailable):
        submission.send(dispute.pk, operator, "First words")
    settings.STRIPE_API_BASE = base
    submission.send(dispute.pk, operator, "Other words")
    assert at_stripe(stripe, dispute)["evidence"]["uncategorized_text"].startswith("First words")


def test_a_payment_of_nobody_has_no_evidence(operator, stripe):
    row = Dispute.objects.create(stripe_id="du_1", payment_intent="pi_1", amount=5, status="needs_response")
    with pytest.raises(EvidenceRefused, match="paid for none of our purchases"):
        submission.send(row.pk, operator)


@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_send_once(dispute, operator, stripe):
    def click(_):
        try:
            return submission.send(dispute.pk, operator)
        except EvidenceRefused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(click, range(4)))
    assert at_stripe(stripe, dispute)["evidence_details"]["submission_count"] == 1
    assert AuditEvent.objects.filter(action="dispute.evidence_sent").count() == 1


def test_fields_keep_stripes_limits(bought, workspace, alice, stripe, operator):
    purchase = bought("professional")
    for number in range(300):
        spend(workspace, f"an image with a long name, {number}: {'x' * 30}", 1)
    stripe.do("disputes", payment_intent=purchase.payment_intent)
    told(stripe)
    row = Dispute.objects.get()
    fields = evidence_fields.fields(evidence.gather(row), "y" * 9_000)
    assert max(len(text) for text in fields.values()) <= 20_000
    assert sum(len(text) for text in fields.values()) <= 150_000
    assert "More lines that do not fit here" in fields["access_activity_log"]
    assert submission.send(row.pk, operator, "y" * 9_000).status == "under_review"


def test_whole_lines_are_kept_and_the_rest_is_counted():
    assert evidence_fields.truncate_lines(["a" * 10, "b" * 10], 200) == "a" * 10 + "\n" + "b" * 10
    text = evidence_fields.truncate_lines(["a" * 50, "b" * 80, "c"], 150, beyond=5)
    assert text == "a" * 50 + "\nMore lines that do not fit here: 7. We have them all."


def page(action, row):
    return reverse(f"admin:billing_dispute_{action}", args=[row.pk])


def test_operators_see_it_and_the_day_it_is_due(bought, workspace, stripe, operator, client_for):
    purchase = bought()
    spend(workspace, "image:a", 150)
    stripe.do("disputes", payment_intent=purchase.payment_intent, due_by=int(time.time()) + 2 * DAY + 60)
    told(stripe)
    text = client_for(operator).get(page("change", Dispute.objects.get())).text
    for words in ("Answer due: 2 days left", "150 credits of 400 credits", "image:a", "alice@example.com"):
        assert words in text


def test_the_list_has_the_soonest_due_first_and_marks_it(bought, stripe, operator, client_for):
    for days, outcome in ((9, ""), (1, ""), (0, "lose"), (4, "")):
        made = stripe.do(
            "disputes", payment_intent=bought().payment_intent, due_by=int(time.time()) + days * DAY + 60
        )
        if outcome:
            stripe.do(f"disputes/{made['id']}/{outcome}")
    told(stripe)
    answer = client_for(operator).get(reverse("admin:billing_dispute_changelist"))
    found = [due(row) for row in answer.context["cl"].result_list]
    assert found == [("urgent", "1 day left"), ("soon", "4 days left"), ("ample", "9 days left"), "closed"]


def test_the_zip_has_summary_table_and_receipt_and_no_formula(
    bought, workspace, stripe, operator, client_for
):
    purchase = bought()
    spend(workspace, "=cmd|' /C calc'!A0", 3)
    stripe.do("disputes", payment_intent=purchase.payment_intent)
    told(stripe)
    row = Dispute.objects.get()
    answer = client_for(operator).get(page("download", row))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{row.stripe_id}.zip"'
    packed = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    assert set(packed.namelist()) == {"usage.csv", "receipt.txt", "summary.txt"}
    lines = list(csv.reader(io.StringIO(packed.read("usage.csv").decode("utf-8-sig"))))
    assert lines[1][1:] == ["3", "'=cmd|' /C calc'!A0"]
    assert purchase.public_id in packed.read("receipt.txt").decode()
    assert "3 credits of 400 credits" in packed.read("summary.txt").decode()
    assert AuditEvent.objects.filter(action="dispute.evidence_downloaded", actor=operator).count() == 1


def test_the_admin_sends_it_and_says_so(dispute, operator, client_for, stripe):
    browser = client_for(operator)
    assert "Refund policy disclosure" in browser.get(page("send", dispute)).text
    answer = browser.post(page("send", dispute), {"statement": "She used it."}, follow=True)
    assert "Stripe has the evidence" in answer.text
    assert "Evidence was sent " in answer.text
    again = browser.post(page("send", dispute), {"statement": ""})
    assert "banks accept it only once" in again.text
    assert at_stripe(stripe, dispute)["evidence_details"]["submission_count"] == 1


def test_customers_get_none_of_it(dispute, alice, client_for, stripe):
    browser = client_for(alice)
    for action in ("change", "download", "send"):
        assert browser.get(page(action, dispute)).status_code in {302, 403}
    assert at_stripe(stripe, dispute)["evidence_details"]["submission_count"] == 0
