"""Replaced addresses that can be restored for a while."""

from datetime import datetime, timedelta
from typing import Final, Self

from django.conf import settings
from django.core import signing
from django.db import models
from django.utils import timezone

from core import ids

UNDO_PERIOD: Final = timedelta(days=7)
SIGNER = signing.Signer(salt="accounts.address_change")


class AddressChange(models.Model):
    """A change of a person's address; the only place that keeps the old one."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="address_changes"
    )
    old_email = models.EmailField(db_index=True)
    new_email = models.EmailField()
    made_by = models.CharField(max_length=120, help_text="In words: the device, or which operator.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    proved_at = models.DateTimeField(
        help_text="When whoever changed it began to prove themselves: an undoing goes back to here."
    )
    closed_at = models.DateTimeField(null=True, help_text="When it was undone, or a change before it.")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """The id in public, `adc_…`."""
        return ids.public("adc", self.pk)

    @property
    def ends_at(self) -> datetime:
        """The moment until which it can be undone."""
        return self.created_at + UNDO_PERIOD

    @property
    def secret(self) -> str:
        """The secret of its link: signed, so that nobody who only reads the table could make it."""
        return SIGNER.sign(self.public_id)

    @classmethod
    def behind(cls, secret: str) -> Self | None:
        """Find the change behind a link's secret, as long as the link works."""
        try:
            key = ids.parse("adc", SIGNER.unsign(secret))
        except signing.BadSignature:
            return None
        since = timezone.now() - UNDO_PERIOD
        return cls.objects.filter(pk=key, closed_at=None, created_at__gt=since).select_related("user").first()
