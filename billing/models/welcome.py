"""Recipients of the free credits."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class WelcomeGift(models.Model):
    """The free credits of one mailbox, and the network that asked for them; limits count these rows."""

    mailbox = models.CharField(
        primary_key=True, max_length=32, help_text="Digest; the address is not kept here."
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    network = models.CharField(max_length=50, blank=True, help_text="A /24 of IPv4 or a /64 of IPv6.")
    site = models.CharField(
        max_length=50, blank=True, default="", db_default="", help_text="A /24 of IPv4 or a /48 of IPv6."
    )
    device = models.CharField(
        max_length=32, blank=True, default="", db_default="", help_text="Digest of the browser's random name."
    )
    credits = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("device",), condition=~models.Q(device=""), name="welcome_once_a_device"
            ),
        )
        indexes = (
            models.Index(fields=("created_at",), name="welcome_day"),
            models.Index(fields=("network", "created_at"), name="welcome_network"),
            models.Index(fields=("site", "created_at"), name="welcome_site"),
        )

    def __str__(self) -> str:
        return f"{self.credits} on {self.created_at:%Y-%m-%d}"
