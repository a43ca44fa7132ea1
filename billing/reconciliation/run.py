"""Reconciliation of the ledger with itself, its reasons, storage and Stripe.

It runs nightly and by `manage.py reconcile`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from billing import sql
from billing.models import Reconciliation
from billing.reconciliation import invariants, stripe_objects
from billing.reconciliation.findings import Findings
from core.database import availability
from core.registry import Registry

WINDOW = timedelta(days=8)
"""How far back Stripe is asked every night; longer than from one whole proof to the next."""
WHOLE_AFTER = timedelta(days=6, hours=12)
"""Age of the last whole proof after which the next night's is whole again."""

type Check = Callable[[Findings], None]
"""Compares something that a higher app knows, and adds what it found."""

checks = Registry[Check]("check")


def run(
    since: datetime | None = None, *, until: datetime | None = None, with_checks: bool = True
) -> Reconciliation:
    """Compare everything (with Stripe: since a moment, or all) and store what was found.

    Args:
        since: moment from which on Stripe is asked; without it the sums are compared too.
        until: moment before which Stripe is asked, for a database that knows nothing later; no sums, either.
        with_checks: whether to run those of higher apps, which read the storage.

    Raises:
        stripe.StripeError: Stripe does not answer. What was found on our own side is stored nevertheless.
    """
    # It reads all there is.
    with availability.override_timeouts(statement_timeout="0"):
        return _run(since, until, with_checks=with_checks)


def run_nightly() -> Reconciliation:
    """Run tonight's proof: of what is new, and once a week, or until a whole one has found all in order, of everything.

    Raises:
        stripe.StripeError: Stripe does not answer; see `run`.
    """
    now = timezone.now()
    whole = Reconciliation.objects.filter(since=None).exclude(finished_at=None).first()
    is_due = whole is None or whole.started_at < now - WHOLE_AFTER or bool(whole.number)
    return run(None if is_due else now - WINDOW)


def _run(since: datetime | None, until: datetime | None, *, with_checks: bool) -> Reconciliation:
    row, found = Reconciliation.objects.create(since=since), _own_books()
    _keep(row, found)
    for check in checks.entries.values() if with_checks else ():
        check(found)
    _keep(row, found)
    found.include(stripe_objects.compare(since, until))
    row.finished_at = timezone.now()
    _keep(row, found)
    return row


def check_own_books() -> list[str]:
    """Return what is wrong between the ledger, its reasons and its sums, without asking anybody else."""
    return _own_books().differences


def _own_books() -> Findings:
    found = invariants.check()
    # Where the ledger and the rows that explain why credits moved disagree.
    invariants.list_first(sql.read("books"), found)
    return found


def _keep(row: Reconciliation, found: Findings) -> None:
    row.differences, row.number, row.counts = found.differences, found.found, dict(found.counts)
    row.save(update_fields=["differences", "number", "counts", "finished_at"])


def latest() -> Reconciliation | None:
    """Return the last run that finished."""
    return Reconciliation.objects.exclude(finished_at=None).first()
