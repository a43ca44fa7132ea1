"""Tables of the credit ledger. Only `billing.ledger` writes them, through the functions of `billing/sql/`."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import ApiToken, Workspace
from core import ids
from core.database.constraints import known


class Account(models.TextChoices):
    """Accounts of credits. The first three belong to a workspace, the others to the platform.

    `debt` is credit-normal: a transfer out of it increases the debt, a transfer into it pays it. Through `clients` credits
    move between a partner and its clients, so that over all workspaces it holds nothing.
    """

    AVAILABLE = "available", "Available"
    HELD = "held", "Held"
    DEBT = "debt", "Debt"
    SOLD = "sold", "Sold"
    GRANTED = "granted", "Granted"
    USED = "used", "Used"
    REFUNDED = "refunded", "Refunded"
    DISPUTED = "disputed", "Disputed"
    WRITTEN_OFF = "written_off", "Written off"
    ADJUSTED = "adjusted", "Adjusted"
    CLIENTS = "clients", "Clients"


class Kind(models.TextChoices):
    """Reasons for which credits move."""

    GRANT = "grant", "Grant"
    PURCHASE = "purchase", "Purchase"
    HOLD = "hold", "Hold"
    CAPTURE = "capture", "Capture"
    RELEASE = "release", "Release"
    REVERSE = "reverse", "Taken back"
    RESTORE = "restore", "Given back"
    SETTLE = "settle", "Debt paid"
    WRITE_OFF = "write_off", "Debt written off"
    ADJUST = "adjust", "Adjustment"
    FUND = "fund", "Given to a client"
    WITHDRAW = "withdraw", "Taken from a client"


class Wallet(models.Model):
    """A workspace's balances, one narrow row: the sum of its transfers, kept by the ledger's functions.

    There is no row before the first credit.
    """

    workspace = models.OneToOneField(
        Workspace, on_delete=models.PROTECT, primary_key=True, related_name="wallet"
    )
    available = models.BigIntegerField(default=0, db_default=0)
    held = models.BigIntegerField(default=0, db_default=0)
    debt = models.BigIntegerField(default=0, db_default=0)
    last_transfer = models.UUIDField(
        null=True,
        editable=False,
        help_text="Id of its last transfer; the next one's is greater, whatever the clock says.",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(available__gte=0), name="wallet_available_not_negative"),
            models.CheckConstraint(condition=Q(held__gte=0), name="wallet_held_not_negative"),
            models.CheckConstraint(condition=Q(debt__gte=0), name="wallet_debt_not_negative"),
            models.CheckConstraint(condition=Q(available=0) | Q(debt=0), name="wallet_debt_paid_first"),
        )

    def __str__(self) -> str:
        return f"{self.available} available, {self.held} held, {self.debt} debt"


class Hold(models.Model):
    """Credits held for work under way.

    It ends when captured + released reach the amount, and then never changes again.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="holds")
    reference = models.CharField(
        max_length=80, help_text="What it pays for, for example generation:<uuid>; once."
    )
    amount = models.PositiveIntegerField()
    captured = models.PositiveIntegerField(default=0, db_default=0)
    released = models.PositiveIntegerField(default=0, db_default=0)
    token = models.ForeignKey(
        ApiToken, on_delete=models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
    )
    created_at = models.DateTimeField(db_default=models.functions.Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            # This class also finds what begins with some words, in any locale: no second index for that.
            models.UniqueConstraint(
                fields=("reference",), name="hold_once", opclasses=("varchar_pattern_ops",)
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="hold_positive"),
            models.CheckConstraint(
                condition=Q(amount__gte=F("captured") + F("released")), name="hold_not_overdrawn"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, amount__gt=F("captured") + F("released"))
                | Q(ended_at__isnull=False, amount=F("captured") + F("released")),
                name="hold_ends_when_empty",
            ),
        )
        indexes = (models.Index(fields=("created_at",), condition=Q(ended_at=None), name="hold_open"),)

    def __str__(self) -> str:
        return f"{self.amount} for {self.reference}"

    @property
    def remaining(self) -> int:
        """Credits neither captured nor released yet."""
        return self.amount - self.captured - self.released


class Transfer(models.Model):
    """One movement of credits between two accounts. Never changed, never deleted: a trigger refuses.

    The ids of person and token therefore stay when those rows are gone.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, related_name="transfers", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind)
    source = models.CharField(max_length=12, choices=Account, help_text="The account that gives.")
    target = models.CharField(max_length=12, choices=Account, help_text="The account that takes.")
    amount = models.PositiveIntegerField()
    key = models.CharField(max_length=160, help_text="Natural key of the effect: it happens once.")
    reference = models.CharField(max_length=80, help_text="What it was about, for example image:<uuid>.")
    reason = models.CharField(max_length=200, blank=True)
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, null=True, related_name="transfers")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
    )
    token = models.ForeignKey(
        ApiToken, on_delete=models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    available_after = models.BigIntegerField(help_text="The workspace's available credits after it.")
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("key",), name="transfer_once", opclasses=("varchar_pattern_ops",)
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_positive"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="transfer_between_two"),
            known("kind", Kind, "transfer_kind_known"),
            known("source", Account, "transfer_source_known"),
            known("target", Account, "transfer_target_known"),
        )
        indexes = (
            models.Index(fields=("workspace", "-id"), name="transfer_statement"),
            models.Index(fields=("reference",), name="transfer_reference"),
            # What makes and shortens lots: few rows beside holds and captures.
            models.Index(
                fields=("workspace", "id"),
                condition=Q(kind__in=("grant", "purchase", "adjust", "reverse", "restore", "fund")),
                name="transfer_of_lots",
            ),
            models.Index(
                fields=("actor", "created_at"),
                condition=Q(kind__in=("grant", "adjust", "write_off")),
                name="transfer_by_operator",
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount} from {self.source} to {self.target}"

    @property
    def public_id(self) -> str:
        """Public id, `trf_…`."""
        return ids.public("trf", self.pk)
