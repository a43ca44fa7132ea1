"""The proof: the ledger against itself, against its reasons, and against Stripe. Nightly and by `manage.py reconcile`."""

from datetime import datetime

from django.db import connection
from django.utils import timezone

from billing import invariants, sql, stripe_books
from billing.models import Reconciliation


def run(since: datetime | None = None) -> Reconciliation:
    """Compare everything (with Stripe: since a moment, or all) and keep what was found.

    Raises:
        stripe.StripeError: Stripe does not answer. What was found on our own side is kept nevertheless.
    """
    row = Reconciliation.objects.create(differences=[*invariants.violations(), *_reasons()])
    with_stripe = stripe_books.compare(since)
    row.differences += with_stripe.differences
    row.counts = dict(with_stripe.counts)
    row.finished_at = timezone.now()
    row.save(update_fields=["differences", "counts", "finished_at"])
    return row


def latest() -> Reconciliation | None:
    """The last run that came to its end, for operators."""
    return Reconciliation.objects.exclude(finished_at=None).first()


def _reasons() -> list[str]:
    """Where the ledger and the rows that say why credits moved do not agree."""
    with connection.cursor() as cursor:
        cursor.execute(sql.read("books"))
        return [f"{kind}: {words}" for kind, words in cursor.fetchall()]
