"""The proven point: transfers before it were found in order, so the nightly proof begins there.

Ids commit out of order, so the point is where the last closed day ends: a day is closed once no transaction can write into
it any more (`billing.accounting.closing`). What each wallet and token had there is kept, and every night compared with what
it has now, less what has moved since. So nothing that changes a sum goes unseen, wherever it was done. What no sum shows, such
as another reason on an old transfer, is found by the whole proof each week, or the next night where PostgreSQL has counted it.
"""

import datetime as dt
import uuid
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from billing import locks, sql
from billing.ledger.statement import first_id
from billing.models import ClosedDay, ProvenPoint, ProvenToken, ProvenWallet
from core import ids

_ONE_DAY: Final = dt.timedelta(days=1)
_CHANGES: Final = """
    SELECT n_tup_upd + n_tup_del FROM pg_stat_user_tables WHERE relid = 'billing_transfer'::regclass
"""


def point() -> ProvenPoint | None:
    """Return the proven point, if there is one."""
    return ProvenPoint.objects.first()


def changes() -> int:
    """Return how many transfers were changed or deleted, as PostgreSQL has counted since its statistics began.

    A trigger refuses both, so there are none but by hand with triggers off. A crash of the server forgets the number.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def settled() -> uuid.UUID | None:
    """Return the smallest id of the first day that is not closed; None before any day is."""
    last = ClosedDay.objects.order_by("-day").first()
    return first_id(last.day + _ONE_DAY) if last else None


def advance(start: ProvenPoint | None, until: uuid.UUID, changed: int) -> bool:
    """Move the point, once everything from `start` on was found in order.

    One transaction: a process that dies in it has proven nothing, and of two that proved the same, one moves it.

    Args:
        start: the point at which the proof began; None if it read everything, and the sums are made anew.
        until: smallest id that stays unproven; nothing is visible later that is smaller.
        changed: `changes()` before the proof.

    Returns:
        Whether it was moved.
    """
    if start is not None and until <= start.first:
        return False
    span = {"first": start.first if start else ids.NOBODY, "until": until}
    with transaction.atomic(), connection.cursor() as cursor:
        locks.proof()
        if start is None:
            ProvenWallet.objects.all().delete()
            ProvenToken.objects.all().delete()
        elif not ProvenPoint.objects.filter(first=start.first, proven_at=start.proven_at).exists():
            return False
        for name in ("prove_wallets", "prove_tokens"):
            cursor.execute(sql.read(name), span)
        cursor.execute(sql.read("given"), span)
        ((given,),) = cursor.fetchall()
        ProvenPoint.objects.update_or_create(
            id=1,
            defaults={
                "first": until,
                "given": given + (start.given if start else 0),
                "changes": changed,
                "proven_at": timezone.now(),
            },
        )
    return True
