"""Who had the free credits."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class WelcomeGift(models.Model):
    """The free credits of one mailbox, and the network they were asked from; limits are counted over these rows."""

    mailbox = models.CharField(
        primary_key=True, max_length=32, help_text="Digest; the address is not kept here."
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    network = models.CharField(max_length=50, blank=True, help_text="A /24 of IPv4 or a /64 of IPv6.")
    credits = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = (
            models.Index(fields=("created_at",), name="welcome_day"),
            models.Index(fields=("network", "created_at"), name="welcome_network"),
        )

    def __str__(self) -> str:
        return f"{self.credits} on {self.created_at:%Y-%m-%d}"
