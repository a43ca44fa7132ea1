"""Days whose movements are summed up for good, so that no page sums them again."""

from django.db import models

from accounts.models import Workspace

DIGITS, PLACES = 40, 20
"""For cents that are exact: prices of credits are fractions of a cent."""


class ClosedDay(models.Model):
    """A day (UTC) that is over: credits that moved, cents that were earned and what was outstanding at its end.

    Columns as of `billing.accounting.revenue.RevenueDay`. What customers paid and got back is not here: a dispute of that
    day may still change it.
    """

    day = models.DateField(primary_key=True)
    sold = models.BigIntegerField()
    granted = models.BigIntegerField()
    used = models.BigIntegerField()
    refunded = models.BigIntegerField()
    disputed = models.BigIntegerField()
    adjusted = models.BigIntegerField()
    written_off = models.BigIntegerField()
    outstanding = models.BigIntegerField()
    debt = models.BigIntegerField()
    by_images = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)
    otherwise = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)
    liability = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class WalletAtClose(models.Model):
    """Where a workspace stood on its line of lots (`billing/sql/line.sql`) when the last day was closed."""

    workspace = models.OneToOneField(
        Workspace, on_delete=models.PROTECT, primary_key=True, related_name="wallet_at_close"
    )
    position = models.BigIntegerField()
    epoch = models.IntegerField()

    def __str__(self) -> str:
        return f"position {self.position}, epoch {self.epoch}"


class DailyUse(models.Model):
    """The credits that a workspace used on a closed day."""

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    used = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("workspace", "day"), name="daily_use_once"),)

    def __str__(self) -> str:
        return f"{self.workspace_id} {self.day}: {self.used}"


class Horizon(models.Model):
    """The transaction id that every transaction of a day that is over is older than: one row a day.

    Ids commit out of order, so a day is closed only once no older transaction can still write into it.
    """

    day = models.DateField(primary_key=True)
    transaction = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}: {self.transaction}"
