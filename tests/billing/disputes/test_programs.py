"""Disputes that take no answer, and networks' own programs of evidence."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.admin.disputes import due
from billing.disputes import compelling_evidence, evidence, submission
from billing.errors import EvidenceRefused
from billing.models import Dispute, Purchase
from billing.purchases import receipts
from tests.billing.stripe_events import deliver_all

CE3 = {
    "visa_compelling_evidence_3": {
        "status": "requires_action",
        "required_actions": ["missing_prior_undisputed_transactions"],
    }
}


@pytest.fixture
def opened(bought, stripe):
    """Open a dispute of a new purchase."""

    def go(**more):
        purchase = bought()
        receipts.complete(purchase.pk)
        stripe.do("disputes", payment_intent=purchase.payment_intent, **more)
        deliver_all(stripe.events("charge.dispute.created"))
        return Dispute.objects.get()

    return go


@pytest.fixture
def earlier(bought):
    """Earlier purchases, so many days old, from the same address."""

    def go(*days, address="203.0.113.7"):
        for age in days:
            purchase = bought()
            receipts.complete(purchase.pk)
            Purchase.objects.filter(pk=purchase.pk).update(
                paid_at=timezone.now() - timedelta(days=age), address=address
            )

    return go


def page(client, row, name="change"):
    return client.get(reverse(f"admin:billing_dispute_{name}", args=[row.pk])).text


def test_a_bank_that_allows_no_answer_gets_none(opened, operator, client_for, stripe):
    row = opened(due_by=0)
    assert (row.takes_answer, row.is_answerable, row.due_by, row.days_left) == (False, False, None, None)
    assert due(row) == "no answer allowed"
    with pytest.raises(EvidenceRefused, match="allows no answer"):
        submission.send(row.pk, operator)
    browser = client_for(operator)
    assert "allows no answer to this dispute" in page(browser, row)
    assert "allows no answer to this dispute" in page(browser, row, "send")
    assert stripe.get(f"disputes/{row.stripe_id}")["evidence_details"]["submission_count"] == 0


def test_one_without_a_date_is_another_thing(opened):
    row = opened()
    Dispute.objects.update(due_by=None)
    row.refresh_from_db()
    assert (row.is_answerable, due(row)) == (True, "no date")


def test_compelling_evidence_is_sent_where_it_qualifies(opened, earlier, operator, client_for, stripe):
    earlier(100, 130, 200, 360, 370)
    earlier(150, address="198.51.100.1")
    row = opened(eligibility=CE3)
    Purchase.objects.filter(pk=row.purchase_id).update(address="203.0.113.7")
    browser = client_for(operator)
    assert "3 earlier payments from the same address" in page(browser, row)
    assert "3 earlier payments from the same address" in page(browser, row, "send")
    submission.send(row.pk, operator)
    there = stripe.get(f"disputes/{row.stripe_id}")
    sent = there["evidence"]["enhanced_evidence"]["visa_compelling_evidence_3"]
    prior = sent["prior_undisputed_transactions"]
    assert len(prior) == 3
    for one in (sent["disputed_transaction"], *prior):
        assert one["customer_purchase_ip"] == "203.0.113.7"
        assert one["customer_email_address"] == "alice@example.com"
        assert one["customer_account_id"].startswith("wsp_")
        assert one["product_description"]
    assert sent["disputed_transaction"]["merchandise_or_services"] == "services"
    assert all(one["charge"].startswith("ch_") for one in prior)
    assert (
        there["evidence_details"]["enhanced_eligibility"]["visa_compelling_evidence_3"]["status"]
        == "qualified"
    )
    row.refresh_from_db()
    assert row.enhanced["visa_compelling_evidence_3"]["status"] == "qualified"
    assert row.enhanced_evidence["visa_compelling_evidence_3"] == sent


def test_too_few_that_count_are_not_enough(opened, earlier, stripe, operator, client_for):
    earlier(130, 200)
    doubted = Purchase.objects.first()
    row = opened(eligibility=CE3)
    Purchase.objects.filter(pk=row.purchase_id).update(address="203.0.113.7")
    Dispute.objects.create(
        stripe_id="du_earlier",
        purchase=doubted,
        payment_intent=doubted.payment_intent,
        amount=1,
        status="won",
    )
    found = evidence.gather(Dispute.objects.get(pk=row.pk))
    assert compelling_evidence.fields(found) == {}
    text = page(client_for(operator), row)
    assert "missing prior undisputed transactions" in text
    assert "fewer than 2 earlier payments" in text
    submission.send(row.pk, operator)
    assert (
        "visa_compelling_evidence_3"
        not in stripe.get(f"disputes/{row.stripe_id}")["evidence"]["enhanced_evidence"]
    )


@pytest.mark.parametrize(
    "eligibility", [{}, {"visa_compelling_evidence_3": {"status": "not_qualified", "required_actions": []}}]
)
def test_it_is_not_offered_where_stripe_does_not(opened, earlier, eligibility, operator, client_for):
    earlier(130, 200)
    row = opened(eligibility=eligibility)
    Purchase.objects.update(address="203.0.113.7")
    assert compelling_evidence.fields(evidence.gather(Dispute.objects.get())) == {}
    assert "Compelling Evidence" not in page(client_for(operator), row)


@pytest.mark.parametrize("network", ["visa", "mastercard"])
def test_a_claim_that_rules_were_broken_is_left_to_a_person(opened, operator, client_for, stripe, network):
    row = opened(eligibility={f"{network}_compliance": {"status": "requires_fee_acknowledgement"}})
    with pytest.raises(EvidenceRefused, match=r"\$500 at Visa.*Nothing was sent"):
        submission.send(row.pk, operator)
    assert "$500 at Visa" in page(client_for(operator), row, "send")
    assert stripe.get(f"disputes/{row.stripe_id}")["evidence_details"]["submission_count"] == 0
