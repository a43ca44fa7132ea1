"""A client's automatic repetition joins what the first request began.

OpenAI's clients repeat a call up to twice when the connection breaks, and send no key: they only count
(`x-stainless-retry-count`, openai-python `_base_client.py`). Same token, same body, a count above 0: one generation,
one charge, one call upstream.
"""

from datetime import timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from accounts.models import ApiToken
from api.models import Call
from generation.models import Generation

WITHIN: Final = timedelta(minutes=30)
"""The clients' own timeout is 10 minutes and they repeat twice at most."""
_TAKE = """
UPDATE api_call SET repeats = %(count)s WHERE id = (
    SELECT id FROM api_call
    WHERE token_id = %(token)s AND fingerprint = %(fingerprint)s AND repeats < %(count)s AND created_at > %(since)s
    ORDER BY answered_at IS NOT NULL, id DESC LIMIT 1
    FOR UPDATE
) RETURNING id
"""
_SHARED, _ALONE = "pg_advisory_xact_lock_shared", "pg_advisory_xact_lock"


def begin(token: ApiToken, fingerprint: bytes) -> None:
    """Let repetitions of this call wait until its transaction has ended. First calls don't wait for each other."""
    _lock(_SHARED, token, fingerprint)


def remember(token: ApiToken, fingerprint: bytes, generation: Generation) -> Call:
    """Note what a call has begun, in the transaction that begins it."""
    return Call.objects.create(
        workspace_id=token.workspace_id, token=token, fingerprint=fingerprint, generation=generation
    )


def join(token: ApiToken, fingerprint: bytes, count: int) -> Call | None:
    """The call that this is the `count`-th repetition of, with its generation; None where there is none.

    In a transaction. Of several same calls the newest without an answer is taken, and each by one repetition only:
    a program that asks for the same picture ten times at once keeps getting ten.
    """
    _lock(_ALONE, token, fingerprint)
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,
            {
                "token": token.pk,
                "fingerprint": fingerprint,
                "count": count,
                "since": timezone.now() - WITHIN,
            },
        )
        row = cursor.fetchone()
    return Call.objects.select_related("generation").get(pk=row[0]) if row else None


def answered(call: int) -> None:
    """Note that the call's answer was sent whole."""
    Call.objects.filter(pk=call, answered_at=None).update(answered_at=timezone.now())


def _lock(function: str, token: ApiToken, fingerprint: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {function}(hashtextextended(%s, 1))",  # one of two constants
            [f"{token.pk}:{fingerprint.hex()}"],
        )
