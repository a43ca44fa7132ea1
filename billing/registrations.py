"""Billing's entries in the registries, added once Django's apps are loaded."""

from billing import sql
from billing.caps import alerts
from billing.clients import allowances
from billing.ledger import descriptions
from billing.purchases import auto_top_up_pause, low_balance_mail, receipts, statement_lines
from billing.reconciliation import invariants
from billing.refunds import mail as refunds_mail
from billing.stripe import failures
from core import mail


def register() -> None:
    """Register descriptions of purchases and disputes, the ledger's invariants, and writers of mail."""
    descriptions.describers.register("purchase", statement_lines.describe)
    descriptions.describers.register("dispute", statement_lines.describe_disputes)
    invariants.queries.register("ledger", sql.read("invariants"))
    for module in (alerts, allowances, low_balance_mail, receipts, refunds_mail, failures, auto_top_up_pause):
        for kind, write in module.WRITERS.items():
            mail.writers.register(kind, write)
