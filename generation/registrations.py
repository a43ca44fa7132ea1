"""Entries that generation adds to the registries once Django's apps are loaded."""

from billing.disputes import deliveries
from billing.ledger import descriptions
from billing.plans import net
from billing.reconciliation import invariants, run
from core import mail
from generation import sql
from generation.catalog import announced_ends, retirement_notices
from generation.maintenance import orphans
from generation.media import storage_audit
from generation.moderation import appeal_mail
from generation.orders import margins
from generation.providers import operator_alerts
from generation.reporting import (
    batch_statement_lines,
    closing,
    cost_drift,
    delivery_evidence,
    statement_lines,
)


def register() -> None:
    """Register describers of statements and evidence, checks of rows and storage, and writers of letters."""
    descriptions.describers.register(statement_lines.PREFIX, statement_lines.describe)
    descriptions.describers.register(batch_statement_lines.PREFIX, batch_statement_lines.describe)
    deliveries.describers.register(delivery_evidence.PREFIX, delivery_evidence.describe)
    invariants.queries.register("generation", sql.read("invariants"))
    run.checks.register("storage", storage_audit.check)
    run.checks.register("closed days", closing.check)
    net.checks.register("images", margins.below_cost_at)
    for module in (operator_alerts, appeal_mail, retirement_notices, announced_ends, cost_drift, orphans):
        for kind, write in module.WRITERS.items():
            mail.writers.register(kind, write)
