"""Results of our own check of an order, made before anything is paid for."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from core.database.constraints import known
from generation.models.generation import Generation


class Verdict(models.TextChoices):
    """The outcome of a check. Only `blocked` stops the work."""

    PASSED = "passed", "Passed"
    BLOCKED = "blocked", "Blocked"
    UNANSWERED = "unanswered", "No answer, so the work went on"
    EXCUSED = "excused", "Not asked: operators have allowed it"


class PreCheck(models.Model):
    """The one check of a generation, shared by its images; whichever worker creates the row makes the request."""

    generation = models.OneToOneField(
        Generation, on_delete=models.PROTECT, primary_key=True, related_name="precheck"
    )
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+", db_index=False)
    verdict = models.CharField(
        max_length=10, choices=Verdict, blank=True, help_text="Empty while it is being asked."
    )
    categories = models.JSONField(default=list, help_text="What it was blocked for.")
    scores = models.JSONField(default=dict, help_text="Percent by category, those above zero.")
    error = models.CharField(max_length=200, blank=True, help_text="Why there was no answer.")
    asker = models.UUIDField(default=uuid.uuid4, help_text="Fencing token of the worker that asks.")
    waiting = ArrayField(
        models.UUIDField(), default=list, help_text="Images that get a job once it is decided."
    )
    begun_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "check"
        constraints = (known("verdict", Verdict, "precheck_verdict_known", or_empty=True),)

    def __str__(self) -> str:
        return f"check of {self.generation_id}"
