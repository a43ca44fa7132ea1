"""Purchases of credit packs."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Workspace
from core import ids
from core.database.constraints import known


class PurchaseStatus(models.TextChoices):
    """pending → paid, or expired, failed, or review if something does not match."""

    PENDING = "pending", "Waiting for payment"
    PROCESSING = "processing", "Payment under way"
    PAID = "paid", "Paid"
    EXPIRED = "expired", "Not completed"
    FAILED = "failed", "Payment failed"
    REVIEW = "review", "Under review"


class Purchase(models.Model):
    """One purchase with a copy of what was promised: pack, credits and price as they were shown."""

    Status = PurchaseStatus

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, related_name="purchases", db_index=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    request_key = models.CharField(
        max_length=255, null=True, help_text="Idempotency key of the click that made it."
    )
    pack_slug = models.CharField(max_length=30)
    pack_name = models.CharField(max_length=40)
    quantity = models.PositiveSmallIntegerField(default=1)
    credits = models.PositiveIntegerField(help_text="Of the whole purchase.")
    amount = models.PositiveIntegerField(help_text="In cents, of the whole purchase, before tax.")
    tax = models.PositiveIntegerField(default=0, help_text="In cents, added at checkout.")
    fee = models.IntegerField(
        null=True, help_text="What Stripe kept of it, in cents; empty until it is known."
    )
    currency = models.CharField(max_length=3, default="usd")
    status = models.CharField(max_length=10, choices=PurchaseStatus, default=PurchaseStatus.PENDING)
    review_reason = models.CharField(max_length=200, blank=True)
    checkout_session = models.CharField(max_length=120, null=True, unique=True)
    checkout_url = models.TextField(blank=True)
    address = models.GenericIPAddressField(
        null=True, help_text="From where it was begun: banks ask for it when a payment is disputed."
    )
    payment_intent = models.CharField(max_length=120, null=True, unique=True)
    charge = models.CharField(max_length=120, null=True)
    receipt_url = models.TextField(blank=True)
    invoice_url = models.TextField(blank=True)
    invoice_number = models.CharField(max_length=60, blank=True)
    card = models.CharField(max_length=60, blank=True, help_text="For example Visa 4242.")
    livemode = models.BooleanField(default=False)
    is_automatic = models.BooleanField(default=False, help_text="Made by auto top-up, without a page.")
    saved_card = models.CharField(
        max_length=120,
        blank=True,
        db_default="",
        help_text="Stripe's name of the card that auto top-up charges.",
    )
    charge_key = models.CharField(
        max_length=80, blank=True, db_default="", help_text="Idempotency key of that charge."
    )
    receipt_sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    paid_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            known("status", PurchaseStatus, "purchase_status_known"),
            models.UniqueConstraint(
                fields=("workspace", "request_key"),
                condition=Q(request_key__isnull=False),
                name="purchase_request_once",
            ),
            models.CheckConstraint(condition=Q(credits__gt=0, amount__gt=0), name="purchase_not_empty"),
            models.CheckConstraint(
                condition=~Q(status="paid") | Q(paid_at__isnull=False), name="purchase_paid_has_a_time"
            ),
        )
        indexes = (
            models.Index(fields=("workspace", "-id"), name="purchase_of_workspace"),
            models.Index(fields=("charge",), condition=Q(charge__isnull=False), name="purchase_charge"),
            models.Index(
                fields=("invoice_number",), condition=~Q(invoice_number=""), name="purchase_invoice"
            ),
            models.Index(
                fields=("created_at",),
                condition=Q(status__in=("pending", "processing")) | Q(status="paid", receipt_sent_at=None),
                name="purchase_unfinished",
            ),
        )

    def __str__(self) -> str:
        return f"{self.pack_name}, {self.credits:,} credits"

    @property
    def reference(self) -> str:
        """Reference of the purchase in the ledger."""
        return f"purchase:{self.pk}"

    @property
    def packs(self) -> str:
        """What was bought, in words."""
        return f"{self.pack_name} pack" if self.quantity == 1 else f"{self.quantity} {self.pack_name} packs"

    @property
    def total(self) -> int:
        """Cents paid, tax included."""
        return self.amount + self.tax

    @property
    def public_id(self) -> str:
        """Public id, `pur_…`."""
        return ids.public("pur", self.pk)
