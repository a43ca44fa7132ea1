"""The audit trail."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models.workspace import Workspace
from core import ids


class AuditEvent(models.Model):
    """One line of the audit trail; a trigger refuses to change or delete it."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="audit_events",
        null=True,
        db_index=False,
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        null=True,
    )
    action = models.CharField(max_length=60, help_text="noun.verb, for example token.created")
    target = models.CharField(max_length=80, blank=True, help_text="Public id of what it was done to.")
    detail = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("workspace", "-created_at"), name="audit_workspace"),
            models.Index(fields=("target",), condition=~models.Q(target=""), name="audit_target"),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.target}"
