"""A refund that a second operator has to agree to."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts import ids
from billing.models.purchase import Purchase
from billing.models.refund import Refund
from billing.money import money
from billing.refund_way import Way


class RefundRequestStatus(models.TextChoices):
    """waiting → approved or declined by another operator, or withdrawn by who asked."""

    WAITING = "waiting", "Waits for a second operator"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class RefundRequest(models.Model):
    """What one operator wants to refund, with the numbers that were shown; nothing has moved while it waits."""

    Status = RefundRequestStatus

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="refund_requests")
    request_key = models.CharField(
        max_length=80, unique=True, help_text="Of the form that asked: sent twice, it asks once."
    )
    by_credits = models.PositiveIntegerField(null=True, help_text="Asked for by credits: how many.")
    by_amount = models.PositiveIntegerField(null=True, help_text="Asked for by amount: cents.")
    amount = models.PositiveIntegerField(help_text="Cents that go back, as they were shown.")
    credits = models.PositiveIntegerField(help_text="To be taken back for it, as they were shown.")
    reason = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=RefundRequestStatus, default=RefundRequestStatus.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("asked at", default=timezone.now, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True, help_text="Why it was declined or withdrawn.")
    refund = models.OneToOneField(
        Refund, on_delete=models.PROTECT, null=True, related_name="request", help_text="What came of it."
    )

    class Meta:
        ordering = ("-id",)
        permissions = (("approve_refund", "Can decide on refunds that other operators ask for"),)
        constraints = (
            models.UniqueConstraint(
                fields=("purchase",), condition=Q(status="waiting"), name="refund_request_one_waits"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("approved", "declined"))
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by"))),
                name="refund_request_by_another",
            ),
            models.CheckConstraint(
                condition=Q(status="approved", refund__isnull=False)
                | (~Q(status="approved") & Q(refund__isnull=True)),
                name="refund_request_approved_refunds",
            ),
        )

    def __str__(self) -> str:
        return f"{money(self.amount, self.purchase.currency)} of {self.purchase}"

    @property
    def public_id(self) -> str:
        """`rrq_…`."""
        return ids.public("rrq", self.pk)

    @property
    def way(self) -> Way:
        """How it was asked for."""
        return Way(self.by_credits, self.by_amount, whole=self.by_credits is None and self.by_amount is None)
