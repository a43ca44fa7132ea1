"""Refunds of money, and the credits taken back for them."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from billing.models.purchase import Purchase
from core import ids
from core.database.constraints import known


class RefundStatus(models.TextChoices):
    """Statuses of a refund, after Stripe's."""

    PENDING = "pending", "Under way"
    SUCCEEDED = "succeeded", "Paid back"
    FAILED = "failed", "Failed"


class Refund(models.Model):
    """One refund: Stripe's side and the ledger's side. It has no purchase until that arrives."""

    Status = RefundStatus

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, null=True, related_name="refunds")
    payment_intent = models.CharField(max_length=120, db_index=True)
    stripe_id = models.CharField(max_length=120, null=True, unique=True)
    amount = models.PositiveIntegerField(help_text="In cents.")
    credits = models.PositiveIntegerField(default=0, help_text="Taken back for it.")
    reason = models.CharField(max_length=200, blank=True)
    request_key = models.CharField(
        max_length=80,
        null=True,
        unique=True,
        help_text="Of the form that asked for it: sent twice, it refunds once.",
    )
    status = models.CharField(max_length=10, choices=RefundStatus, default=RefundStatus.PENDING)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="The second operator, where one was needed.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = (known("status", RefundStatus, "refund_status_known"),)

    def __str__(self) -> str:
        return f"{self.amount} cents of {self.purchase or self.payment_intent}"

    @property
    def public_id(self) -> str:
        """Public id, `ref_…`."""
        return ids.public("ref", self.pk)
