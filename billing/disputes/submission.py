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
from billing.disputes import dispute, evidence, evidence_fields
from billing.errors import EvidenceRefused
from billing.models import Dispute
from billing.stripe.client import client, to_plain_dict
from billing.stripe.failures import stripe_errors_as_refusals
from billing.stripe.objects import DisputeFacts


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
    key = hashlib.sha256(json.dumps(row.evidence, sort_keys=True).encode()).hexdigest()[:24]
    fields: Any = row.evidence
    with stripe_errors_as_refusals("We don't know whether the evidence arrived; sending it again is safe"):
        try:
            answer = client().v1.disputes.update(
                row.stripe_id,
                {"evidence": fields, "submit": True},
                {"idempotency_key": f"evidence:{row.pk}:{key}"},
            )
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


def _record_submission(dispute_id: uuid.UUID, statement: str) -> Dispute:
    """Store on the row what is to be sent, and return the row."""
    with transaction.atomic():
        locks.payment(Dispute.objects.values_list("payment_intent", flat=True).get(pk=dispute_id))
        row = Dispute.objects.select_related("purchase__workspace").get(pk=dispute_id)
        if row.evidence_sent_at or row.submissions:
            raise EvidenceRefused(
                "Evidence was already sent, and banks accept it only once. Nothing was sent now."
            )
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
        row.save(update_fields=["evidence"])
        return row


def _forget(row: Dispute) -> None:
    """Forget evidence that Stripe refused, so that the next try can say something else."""
    with transaction.atomic():
        locks.payment(row.payment_intent)
        Dispute.objects.filter(pk=row.pk, evidence_sent_at=None).update(evidence={})
