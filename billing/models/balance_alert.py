"""Alerts of workspaces about low credits."""

from django.db import models

from accounts.models import Workspace

DEFAULT = 20
"""Credits below which a workspace that has bought before is told, unless it chose otherwise."""


class BalanceAlert(models.Model):
    """A workspace's thresholds, and when it was last told. It is told once; incoming credits rearm the alert."""

    workspace = models.OneToOneField(
        Workspace, on_delete=models.CASCADE, primary_key=True, related_name="balance_alert"
    )
    threshold = models.PositiveIntegerField(default=DEFAULT, help_text="In credits; 0 is never.")
    shown_below = models.PositiveIntegerField(
        default=DEFAULT, db_default=DEFAULT, help_text="In credits; below it every page says so; 0 is never."
    )
    told_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"below {self.threshold}"
