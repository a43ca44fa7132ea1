"""Results of the nightly reconciliation, and the point from which the next one goes on."""

from django.db import models
from django.utils import timezone

from accounts.models import ApiToken, Workspace
from core import ids


class Reconciliation(models.Model):
    """One run of `billing.reconciliation.run`: when, how much was compared, and the differences in words."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    started_at = models.DateTimeField(default=timezone.now)
    since = models.DateTimeField(
        null=True, help_text="From when on Stripe was asked; empty if about everything."
    )
    finished_at = models.DateTimeField(null=True)
    differences = models.JSONField(default=list, help_text="The first 1,000 in words.")
    number = models.PositiveIntegerField(default=0, db_default=0, help_text="How many there are in all.")
    counts = models.JSONField(default=dict, help_text="How many of each were compared.")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}: {self.number} differences"


class ProvenPoint(models.Model):
    """The point up to which the ledger is proven, one row: the next proof goes on from there.

    No transaction can write a transfer with a smaller id any more, and all that are there were found in order.
    """

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    first = models.UUIDField(help_text="The smallest id of a transfer that is not proven.")
    given = models.BigIntegerField(
        help_text="Credits that the platform's accounts have given, less what they took back."
    )
    changes = models.BigIntegerField(
        help_text="Changed and deleted transfers that PostgreSQL had counted; nobody may change one."
    )
    proven_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="proven_point_is_one"),)

    def __str__(self) -> str:
        return f"{self.first}"


class ProvenWallet(models.Model):
    """What a workspace had at the proven point: the sum of its transfers before it."""

    workspace = models.OneToOneField(
        Workspace, on_delete=models.PROTECT, primary_key=True, related_name="proven_wallet"
    )
    available = models.BigIntegerField()
    held = models.BigIntegerField()
    debt = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.available} available, {self.held} held, {self.debt} debt"


class ProvenToken(models.Model):
    """What a token had committed at the proven point: held for it, less what was released."""

    token = models.OneToOneField(
        ApiToken, on_delete=models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False
    )
    committed = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.committed} committed"
