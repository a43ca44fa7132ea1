"""Stripe's pages on which a card can be entered, and the declines there."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Workspace
from billing.models.purchase import Purchase
from core import ids


class PaymentPage(models.Model):
    """A page opened to pay for a purchase or to save a card. Limits are counted over these rows."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="payment_pages", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    network = models.CharField(max_length=50, blank=True, help_text="A /24 of IPv4 or a /64 of IPv6.")
    purchase = models.OneToOneField(
        Purchase,
        on_delete=models.CASCADE,
        null=True,
        related_name="page",
        help_text="Empty: a card is saved.",
    )
    session = models.CharField(max_length=120, null=True, unique=True, help_text="Stripe's name for it.")
    done_at = models.DateTimeField(null=True, help_text="When a card was saved on it.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("workspace", "created_at"), name="page_workspace"),
            models.Index(fields=("user", "created_at"), name="page_user"),
            models.Index(fields=("network", "created_at"), condition=~Q(network=""), name="page_network"),
        )

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Public id, `pag_…`."""
        return ids.public("pag", self.pk)


class Decline(models.Model):
    """A card that a bank declined on a page. The key is Stripe's id of the attempt, so each counts once."""

    id = models.CharField(primary_key=True, max_length=120)
    page = models.ForeignKey(PaymentPage, on_delete=models.CASCADE, related_name="declines")
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="declines", db_index=False
    )
    reason = models.CharField(max_length=60, blank=True, help_text="The bank's, as Stripe names it.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(fields=("workspace", "created_at"), name="decline_workspace"),)

    def __str__(self) -> str:
        return f"{self.id}, {self.reason}"
