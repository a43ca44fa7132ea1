"""Billing's entries in the registries, added once Django's apps are loaded."""

from billing import (
    alerts,
    invariants,
    purchases,
    receipts,
    references,
    refund_letters,
    sql,
    stripe_trouble,
    top_up_pause,
)
from core import mail


def register() -> None:
    """Register descriptions of purchases and disputes, the ledger's invariants, and writers of mail."""
    references.describers.register("purchase", purchases.describe)
    references.describers.register("dispute", purchases.describe_disputes)
    invariants.queries.register("ledger", sql.read("invariants"))
    for module in (alerts, receipts, refund_letters, stripe_trouble, top_up_pause):
        for kind, write in module.WRITERS.items():
            mail.writers.register(kind, write)
