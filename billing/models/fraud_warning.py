"""Early fraud warnings: a card network says that a payment was probably not the cardholder's."""

from django.db import models
from django.utils import timezone

from billing.models.purchase import Purchase
from core import ids


class FraudWarning(models.Model):
    """One warning. Most of them become a dispute unless the payment is refunded first."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    stripe_id = models.CharField(max_length=120, unique=True)
    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, null=True, related_name="fraud_warnings")
    payment_intent = models.CharField(max_length=120, db_index=True)
    charge = models.CharField(max_length=120)
    kind = models.CharField(max_length=60, help_text="As the network names it.")
    is_actionable = models.BooleanField(
        default=True, help_text="Whether a refund still helps: the payment is neither refunded nor disputed."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.stripe_id}, {self.kind.replace('_', ' ')}"
