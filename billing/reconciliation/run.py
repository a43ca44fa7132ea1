"""Reconciliation of the ledger with itself, its reasons, storage and Stripe.

It runs nightly and by `manage.py reconcile`: from the proven point on, and once a week of everything.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from billing import sql
from billing.models import ProvenPoint, Reconciliation
from billing.reconciliation import invariants, proven, stripe_objects
from billing.reconciliation.findings import Findings
from core import ids
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
    """Compare with Stripe and with the ledger, and store what was found.

    Args:
        since: moment from which on Stripe is asked; the ledger is read from the proven point on. Without it everything is
            read, and the sums of Stripe's balance are compared too.
        until: moment before which Stripe is asked, for a database that knows nothing later; no sums, either.
        with_checks: whether to run those of higher apps, which read the storage.

    Raises:
        stripe.StripeError: Stripe does not answer. What was found on our own side is stored nevertheless.
    """
    # It reads all there is.
    with availability.override_timeouts(statement_timeout="0"):
        return _run(since, until, with_checks=with_checks)


def run_due(*, with_checks: bool = True) -> Reconciliation:
    """Prove what is new, and once a week, or until a whole proof has found all in order, everything.

    Args:
        with_checks: as of `run`.

    Raises:
        stripe.StripeError: Stripe does not answer; see `run`.
    """
    now = timezone.now()
    whole = Reconciliation.objects.filter(since=None).exclude(finished_at=None).first()
    is_due = whole is None or whole.started_at < now - WHOLE_AFTER or bool(whole.number)
    return run(None if is_due else now - WINDOW, with_checks=with_checks)


def _run(since: datetime | None, until: datetime | None, *, with_checks: bool) -> Reconciliation:
    row = Reconciliation.objects.create(since=since)
    found = prove_own_books(proven.point() if since is not None else None)
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
    found = compare_ledger(ids.NOBODY)
    _compare_reasons(found)
    return found.differences


def prove_own_books(start: ProvenPoint | None) -> Findings:
    """Compare the ledger with itself and its reasons, and move the proven point if the ledger is in order.

    A proof from the point on that finds anything is made again of everything: the point itself may be what is wrong, where a
    clock has closed a day too early. So is one where transfers were changed.

    Args:
        start: the proven point to begin at; None to read everything.
    """
    changed, until = proven.changes(), proven.settled()
    if start is not None and changed != start.changes:
        start = None
    found = compare_ledger(start.first if start else ids.NOBODY)
    if start is not None and found.found:
        start, found = None, compare_ledger(ids.NOBODY)
    if until is not None and not found.found:
        proven.advance(start, until, changed)
    _compare_reasons(found)
    return found


def compare_ledger(first: uuid.UUID) -> Findings:
    """Compare transfers from an id on, and all wallets and tokens, with what must be true; the nil UUID means everything."""
    found = invariants.check(first)
    invariants.list_first(sql.read("closed_days"), found, first)
    return found


def _compare_reasons(found: Findings) -> None:
    """Add where the ledger and the rows that explain why credits moved disagree: all of them, each time."""
    invariants.list_first(sql.read("books"), found)


def _keep(row: Reconciliation, found: Findings) -> None:
    row.differences, row.number, row.counts = found.differences, found.found, dict(found.counts)
    row.save(update_fields=["differences", "number", "counts", "finished_at"])


def latest() -> Reconciliation | None:
    """Return the last run that finished."""
    return Reconciliation.objects.exclude(finished_at=None).first()
