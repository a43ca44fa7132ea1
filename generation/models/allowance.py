"""Prompts that operators have allowed a workspace, whatever our own check says."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from core import ids


class Allowance(models.Model):
    """A prompt with references that skips our check in one workspace; the provider's own can't be skipped."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+", db_index=False)
    digest = models.BinaryField(help_text="sha256 of the words and the references that are sent.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("workspace", "digest"), name="allowance_once"),)

    def __str__(self) -> str:
        return f"allowance of {self.workspace_id}"
