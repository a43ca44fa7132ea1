"""Submission of a dispute's evidence to Stripe: once, with the same words however often it is tried."""

import hashlib
import json
import uuid
from typing import Any

import stripe
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from billing import locks
from billing.disputes import compelling_evidence, dispute, evidence, evidence_fields
from billing.errors import EvidenceRefused
from billing.models import Dispute
from billing.stripe import keys
from billing.stripe.client import client, to_plain_dict
from billing.stripe.failures import stripe_errors_as_refusals
from billing.stripe.objects import DisputeFacts

COMPLIANCE = (
    "A network claims that its rules were broken, and countering that costs a fee of its own ($500 at Visa), which only a win "
    "brings back. Decide about it in Stripe's dashboard."
)


def send(dispute_id: uuid.UUID, operator: User, statement: str = "") -> Dispute:
    """Submit the evidence; the bank then decides, and nothing can be added.

    What is sent is stored on the row first, so that a retry after a crash sends the same.

    Args:
        dispute_id: a dispute that waits for an answer.
        operator: the operator who sends it.
        statement: their own words, which come first.

    Raises:
        EvidenceRefused: it was sent already, it is too late, no purchase of ours is disputed, or Stripe refuses.
        PaymentsUnavailable: Stripe does not answer; to be tried again.
    """
    row = _record_submission(dispute_id, statement)
    said = json.dumps([row.evidence, row.enhanced_evidence], sort_keys=True).encode()
    name = f"evidence:{row.pk}:{hashlib.sha256(said).hexdigest()[:24]}"
    with stripe_errors_as_refusals("We don't know whether the evidence arrived; sending it again is safe"):
        try:
            answer = _sent_earlier(row, name) or _submit(row, name)
        except stripe.InvalidRequestError as refused:
            _forget(row)
            raise EvidenceRefused(
                f"Stripe rejected this evidence: {refused.user_message or refused}. Nothing was sent."
            ) from refused
    with transaction.atomic():
        locks.payment(row.payment_intent)
        if Dispute.objects.filter(pk=row.pk, evidence_sent_at=None).update(
            evidence_sent_at=timezone.now(), evidence_sent_by=operator
        ):
            audit.record(
                "dispute.evidence_sent",
                workspace=row.purchase.workspace if row.purchase else None,
                actor=operator,
                target=row.public_id,
                detail={"fields": sorted(row.evidence), "characters": sum(map(len, row.evidence.values()))},
            )
        return dispute.sync_from_stripe(DisputeFacts.read(to_plain_dict(answer)))


def _submit(row: Dispute, name: str) -> stripe.Dispute:
    fields: Any = dict(row.evidence)
    if row.enhanced_evidence:
        fields["enhanced_evidence"] = row.enhanced_evidence
    with keys.attempt(name) as key:
        return client().v1.disputes.update(
            row.stripe_id, {"evidence": fields, "submit": True}, {"idempotency_key": key}
        )


def _sent_earlier(row: Dispute, name: str) -> stripe.Dispute | None:
    """Return the dispute if an earlier try, whose answer was an error of Stripe's, arrived all the same."""
    if not keys.was_renewed(name):
        return None
    found = client().v1.disputes.retrieve(row.stripe_id)
    return found if DisputeFacts.read(to_plain_dict(found)).submissions else None


def _record_submission(dispute_id: uuid.UUID, statement: str) -> Dispute:
    """Store on the row what is to be sent, and return the row."""
    with transaction.atomic():
        locks.payment(Dispute.objects.values_list("payment_intent", flat=True).get(pk=dispute_id))
        row = Dispute.objects.select_related("purchase__workspace").get(pk=dispute_id)
        if row.evidence_sent_at or row.submissions:
            raise EvidenceRefused(
                "Evidence was already sent, and banks accept it only once. Nothing was sent now."
            )
        if not row.takes_answer:
            raise EvidenceRefused("The cardholder's bank allows no answer to this dispute. Nothing was sent.")
        if row.is_compliance:
            raise EvidenceRefused(f"{COMPLIANCE} Nothing was sent.")
        if not row.is_answerable:
            raise EvidenceRefused("Stripe no longer accepts evidence for this dispute. Nothing was sent.")
        if row.evidence:
            return row
        found = evidence.gather(row)
        if found is None:
            raise EvidenceRefused(
                "This payment paid for none of our purchases, so there is nothing to show. Nothing was sent."
            )
        row.evidence = evidence_fields.fields(found, statement)
        row.enhanced_evidence = compelling_evidence.fields(found)
        row.save(update_fields=["evidence", "enhanced_evidence"])
        return row


def _forget(row: Dispute) -> None:
    """Forget evidence that Stripe refused, so that the next try can say something else."""
    with transaction.atomic():
        locks.payment(row.payment_intent)
        Dispute.objects.filter(pk=row.pk, evidence_sent_at=None).update(evidence={}, enhanced_evidence={})
