"""Payments that the payer's bank disputes."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from billing.models.purchase import Purchase
from core import ids


class DisputeStatus(models.TextChoices):
    """Statuses as Stripe names them (docs.stripe.com/api/disputes/object#dispute_object-status)."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response", "Inquiry, answer needed"
    WARNING_UNDER_REVIEW = "warning_under_review", "Inquiry, under review"
    WARNING_CLOSED = "warning_closed", "Inquiry closed"
    NEEDS_RESPONSE = "needs_response", "Answer needed"
    UNDER_REVIEW = "under_review", "Under review"
    PREVENTED = "prevented", "Prevented"
    WON = "won", "Won"
    LOST = "lost", "Lost"


CLOSED = (DisputeStatus.WON, DisputeStatus.LOST, DisputeStatus.WARNING_CLOSED, DisputeStatus.PREVENTED)
"""Statuses in which the bank has decided, if not always for good: a lost dispute can be won later."""
UNANSWERED = (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.WARNING_NEEDS_RESPONSE)
"""Statuses in which the bank waits for us."""


class Dispute(models.Model):
    """One dispute: Stripe's side and what the ledger did. It has no purchase until that arrives."""

    Status = DisputeStatus

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    stripe_id = models.CharField(max_length=120, unique=True)
    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, null=True, related_name="disputes")
    payment_intent = models.CharField(max_length=120, db_index=True)
    charge = models.CharField(max_length=120, blank=True)
    amount = models.PositiveIntegerField(help_text="In cents of its own currency.")
    currency = models.CharField(
        max_length=3, blank=True, db_default="", default="", help_text="Empty: that of the payment."
    )
    fee = models.IntegerField(
        null=True, help_text="What Stripe charged for it, in cents; empty until it is known."
    )
    reason = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=30, choices=DisputeStatus)
    due_by = models.DateTimeField(null=True, help_text="Until when Stripe accepts evidence.")
    takes_answer = models.BooleanField(
        default=True, db_default=True, help_text="Whether the cardholder's bank takes an answer at all."
    )
    enhanced = models.JSONField(
        default=dict,
        blank=True,
        db_default={},
        help_text="Programs of evidence that Stripe calls it eligible for.",
    )
    withdrawn = models.IntegerField(
        null=True,
        help_text="Cents that Stripe has withdrawn for it, less those reinstated; empty if not said.",
    )
    gone = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="Cents that it has cost for good, by the lines of Stripe's balance rather than by its status.",
    )
    lines = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="Lines of Stripe's balance that it has caused; they only become more.",
    )
    as_of = models.DateTimeField(null=True, help_text="When Stripe said last what stands here.")
    is_refundable = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether the payment can still be refunded, which ends an inquiry.",
    )
    frozen = models.PositiveIntegerField(default=0, help_text="Credits set aside when it was opened last.")
    freezes = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often credits were set aside for it."
    )
    is_frozen = models.BooleanField(
        default=False, db_default=False, help_text="Whether credits are set aside for it now."
    )
    credits = models.PositiveIntegerField(default=0, help_text="Taken back when it was lost.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True)
    submissions = models.PositiveSmallIntegerField(
        default=0, help_text="How often Stripe was given evidence, by us or in its dashboard."
    )
    evidence = models.JSONField(default=dict, help_text="What we sent, field by field.")
    enhanced_evidence = models.JSONField(
        default=dict, db_default={}, help_text="What we sent for a network's own program."
    )
    evidence_sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    evidence_sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.stripe_id}, {self.get_status_display()}"

    @property
    def waits(self) -> bool:
        """Whether the bank waits for us, and takes an answer."""
        return self.status in UNANSWERED and self.takes_answer

    @property
    def is_answerable(self) -> bool:
        """Whether Stripe still takes evidence."""
        return self.waits and (self.due_by is None or self.due_by > timezone.now())

    @property
    def days_left(self) -> int | None:
        """Whole days left to answer; None if there is nothing to answer or no deadline."""
        if not self.waits or self.due_by is None:
            return None
        return (self.due_by - timezone.now()).days

    @property
    def is_compliance(self) -> bool:
        """Whether a network claims a breach of its rules, which costs a fee of hundreds of dollars to counter."""
        return any("compliance" in name for name in self.enhanced)

    @property
    def is_undecided(self) -> bool:
        """Whether the bank has not decided, or its decision for us has not brought the money back yet."""
        return self.status not in CLOSED or (self.status == DisputeStatus.WON and bool(self.withdrawn))

    @property
    def is_foreign(self) -> bool:
        """Whether it is in another currency than its payment, so that its amount is none of ours."""
        return bool(self.purchase and self.currency and self.currency != self.purchase.currency)

    @property
    def disputed(self) -> int:
        """Cents of the payment that it is about; all of them where it counts in another currency."""
        if self.purchase is None:
            return self.amount
        return self.purchase.total if self.is_foreign else min(self.amount, self.purchase.total)

    def cost(self) -> int:
        """Compute `gone`: nothing while undecided; where Stripe named no lines, the status has to do."""
        if self.is_undecided:
            return 0
        if self.withdrawn is None:
            return self.disputed if self.status == DisputeStatus.LOST else 0
        return max(0, self.withdrawn)

    @property
    def public_id(self) -> str:
        """Public id, `dsp_…`."""
        return ids.public("dsp", self.pk)

    @property
    def reference(self) -> str:
        """Reference of the dispute in the ledger."""
        return f"dispute:{self.stripe_id}"

    @property
    def hold_reference(self) -> str:
        """Reference of its newest hold; a dispute that was reopened has had several."""
        return self.reference if self.freezes <= 1 else f"{self.reference}:{self.freezes}"
