"""Clients: the customers of a partner."""

from django.db import models

from accounts.models.workspace import Workspace
from core import ids


class Client(models.Model):
    """What a partner knows of its client; the client's credits, images and tokens are its workspace's.

    Attributes:
        workspace: the client's own; its `parent` is the partner.
        filled_month: first day of the month whose allowance has been settled.
    """

    workspace = models.OneToOneField(
        Workspace, on_delete=models.PROTECT, primary_key=True, related_name="client"
    )
    partner = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+", db_index=False)
    external_id = models.CharField(max_length=120, blank=True, help_text="The partner's own id for it.")
    monthly_allowance = models.PositiveBigIntegerField(
        default=0, help_text="Credits to which its wallet is filled on the first of a month; 0 is none."
    )
    filled_month = models.DateField(null=True)
    short_month = models.DateField(
        null=True, help_text="The month in which its partner was told that its allowance waits."
    )
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("partner", "external_id"),
                condition=~models.Q(external_id=""),
                name="client_external_id_once",
            ),
        )
        indexes = (
            models.Index(
                fields=("filled_month",),
                condition=models.Q(closed_at=None, monthly_allowance__gt=0),
                name="client_allowance",
            ),
        )

    def __str__(self) -> str:
        return self.workspace.name

    @property
    def public_id(self) -> str:
        """The id in public, `clt_…`."""
        return ids.public("clt", self.pk)

    @property
    def status(self) -> str:
        """`open`, `suspended` or `closed`; the workspace has to be loaded."""
        if self.closed_at:
            return "closed"
        return "suspended" if self.workspace.spending_locked_at or self.workspace.suspended_at else "open"
