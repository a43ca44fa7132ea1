"""A client's automatic repetition joins what the first request began.

OpenAI's clients repeat a call up to twice when the connection breaks, and send no key: they only count
(`x-stainless-retry-count`, openai-python `_base_client.py`). Same token, same body, a count above 0: one generation,
one charge, one call upstream.
"""

from datetime import timedelta
from typing import Final

from django.db import connection
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import ApiToken
from api.models import Call
from generation.models import Generation

WITHIN: Final = timedelta(minutes=30)
"""The clients' own timeout is 10 minutes and they repeat twice at most."""
READING: Final = timedelta(minutes=2)
"""A call that came with pictures is remembered before they are read; after this its process has died over them."""


class NotYet(Exception):  # noqa: N818 -- nothing is wrong
    """The first request is there, but has not begun its generation yet: look again in a moment."""


def begin(token: ApiToken, fingerprint: bytes) -> None:
    """Let repetitions of this call wait until its transaction has ended. First calls don't wait for each other."""
    _lock("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 1))", token, fingerprint)


def remember(token: ApiToken, fingerprint: bytes, generation: Generation | None = None) -> Call:
    """Note a call and what it has begun, in the transaction that begins it."""
    return Call.objects.create(
        workspace_id=token.workspace_id, token=token, fingerprint=fingerprint, generation=generation
    )


def join(token: ApiToken, fingerprint: bytes, count: int) -> Call | None:
    """The call that this is the `count`-th repetition of, with its generation; None where there is none.

    In a transaction. Of several same calls the newest without an answer is taken, and each by one repetition only:
    a program that asks for the same picture ten times at once keeps getting ten.

    Raises:
        NotYet: there is one, and it has not begun.
    """
    _lock("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", token, fingerprint)
    now = timezone.now()
    first = (
        Call.objects.filter(
            token=token, fingerprint=fingerprint, repeats__lt=count, created_at__gt=now - WITHIN
        )
        .filter(Q(generation__isnull=False) | Q(created_at__gt=now - READING))
        .order_by(F("answered_at").desc(nulls_first=True), "-pk")
        .first()
    )
    if first is None:
        return None
    if first.generation_id is None:
        raise NotYet
    first.repeats = count
    first.save(update_fields=("repeats",))
    return first


def answered(call: int) -> None:
    """Note that the call's answer was sent whole."""
    Call.objects.filter(pk=call, answered_at=None).update(answered_at=timezone.now())


def _lock(statement: str, token: ApiToken, fingerprint: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [f"{token.pk}:{fingerprint.hex()}"])
