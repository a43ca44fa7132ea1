"""Caps on spending, which the ledger counts and decides by (`billing/sql/caps.sql`)."""

from django.db import models

from accounts.models import Workspace
from core import ids
from core.database.constraints import known


class CapKind(models.TextChoices):
    """Whose spending a cap counts."""

    WORKSPACE = "workspace", "Workspace"
    MEMBER = "member", "Member"
    TOKEN = "token", "Token"


class CapPeriod(models.TextChoices):
    """The calendar period that a cap counts, in UTC; weeks begin on Monday."""

    DAY = "day", "Day"
    WEEK = "week", "Week"
    MONTH = "month", "Month"
    TOTAL = "total", "In all"


class Cap(models.Model):
    """The most credits that a workspace, a member or a token may hold and use in a period.

    Only the ledger's functions write `committed` and `since`, under the wallet's lock.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="caps", db_index=False)
    kind = models.CharField(max_length=9, choices=CapKind)
    subject = models.UUIDField(help_text="The id of the workspace, of the person or of the token.")
    period = models.CharField(max_length=5, choices=CapPeriod)
    credits = models.PositiveBigIntegerField(help_text="The cap itself; 0 lets nothing be spent.")
    committed = models.BigIntegerField(help_text="Credits held and used in the period that is counted.")
    since = models.DateTimeField(help_text="When that period began.")
    told = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="Percent of the cap that its people have been told of in this period.",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("workspace", "kind", "subject", "period"), name="cap_once"),
            models.CheckConstraint(condition=models.Q(committed__gte=0), name="cap_committed_not_negative"),
            known("kind", CapKind, "cap_kind_known"),
            known("period", CapPeriod, "cap_period_known"),
        )

    def __str__(self) -> str:
        return f"{self.credits} of {self.kind}, {self.period}"
