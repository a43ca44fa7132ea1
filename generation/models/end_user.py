"""The people behind our safety identifiers, for when a provider reports one."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import ApiToken, Workspace


class EndUser(models.Model):
    """A hash that is sent to providers, and who is behind it; saved before its first call."""

    identifier = models.CharField(primary_key=True, max_length=40, help_text="The safety_identifier.")
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    token = models.ForeignKey(
        ApiToken, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = "safety identifier"

    def __str__(self) -> str:
        return self.identifier
