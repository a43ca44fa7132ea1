"""Entries that generation adds to the registries once Django's apps are loaded."""

from billing import delivered as deliveries
from billing import invariants, reconcile, references
from core import mail
from generation import alerts, appeal_letters, batch_described, delivered, described, endings, sql, stored


def register() -> None:
    """Register describers of statements and evidence, checks of rows and storage, and writers of letters."""
    references.describers.register(described.PREFIX, described.describe)
    references.describers.register(batch_described.PREFIX, batch_described.describe)
    deliveries.describers.register(delivered.PREFIX, delivered.describe)
    invariants.queries.register("generation", sql.read("invariants"))
    reconcile.checks.register("storage", stored.check)
    for module in (alerts, appeal_letters, endings):
        for kind, write in module.WRITERS.items():
            mail.writers.register(kind, write)
