"""Pauses of a workspace's purchases, because cards seem to be tested in it."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from core import ids


class CheckoutPause(models.Model):
    """A pause and who lifted it. In force while `until` is ahead and nobody has lifted it."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="checkout_pauses", db_index=False
    )
    declines = models.PositiveSmallIntegerField(help_text="Cards declined within the hour before.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    until = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("workspace", "-until"), name="pause_workspace"),)

    def __str__(self) -> str:
        return f"{self.workspace} until {self.until:%Y-%m-%d %H:%M}"

    @property
    def is_in_force(self) -> bool:
        """Whether the workspace may not buy now."""
        return self.lifted_at is None and self.until > timezone.now()
