"""Operators' decisions about appeals, kept for good."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from core import ids
from core.database.constraints import known
from generation.models.appeal import Appeal, AppealStatus


class AppealDecision(models.Model):
    """A decision with its reason and consequences; a trigger prevents changing or deleting it."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+", db_index=False)
    appeal = models.OneToOneField(Appeal, on_delete=models.PROTECT, related_name="decision")
    verdict = models.CharField(max_length=10, choices=AppealStatus)
    reason = models.CharField(max_length=500, help_text="As the person reads it.")
    credits = models.PositiveIntegerField(default=0, help_text="Granted as goodwill.")
    is_allowed = models.BooleanField(
        default=False, help_text="Our own check lets these words pass from now on."
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = (known("verdict", AppealStatus, "appeal_decision_verdict_known"),)

    def __str__(self) -> str:
        return f"{self.verdict} {self.appeal_id}"
