"""What billing adds to the registries, once Django's apps are loaded."""

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
    """Describe purchases and disputes on statements, prove the ledger, and write letters."""
    references.describers.register("purchase", purchases.describe)
    references.describers.register("dispute", purchases.describe_disputes)
    invariants.queries.register("ledger", sql.read("invariants"))
    for module in (alerts, receipts, refund_letters, stripe_trouble, top_up_pause):
        for kind, write in module.WRITERS.items():
            mail.writers.register(kind, write)
