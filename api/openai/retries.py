"""Automatic retries of clients, which join what the first request began.

OpenAI's clients retry a call up to twice when the connection breaks, and send no key: they only count
(`x-stainless-retry-count`, openai-python `_base_client.py`). Same token, same body, a count above 0: one
generation, one charge, one call upstream.

A call is remembered before it begins anything, and its row is the natural key of what it begins. So a retry
that arrives while the first request is still at work, or after its process has died, submits the same thing
under the same key: whoever is first makes it, the other gets it.
"""

from datetime import timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from accounts.models import ApiToken
from api.models import Call

WITHIN: Final = timedelta(minutes=30)
"""The clients' own timeout is 10 minutes, and they retry at most twice."""
_TAKE: Final = """
    UPDATE api_call SET repeats = %(count)s WHERE id = (
        SELECT id FROM api_call
        WHERE token_id = %(token)s AND fingerprint = %(fingerprint)s
            AND repeats < %(count)s AND created_at > %(since)s
        ORDER BY answered_at DESC NULLS FIRST, id DESC LIMIT 1
        FOR UPDATE SKIP LOCKED
    ) RETURNING id
"""


def remember(token: ApiToken, fingerprint: bytes) -> Call:
    """Record a call before it begins anything."""
    return Call.objects.create(workspace_id=token.workspace_id, token=token, fingerprint=fingerprint)


def join(token: ApiToken, fingerprint: bytes, count: int) -> Call | None:
    """Find the call of which this is the `count`-th retry; None if there is none.

    Of several identical calls the newest without a response is taken, and each by one retry only: a program
    that asks for the same image ten times at once keeps getting ten.
    """
    since = timezone.now() - WITHIN
    wanted: dict[str, Any] = {"token": token.pk, "fingerprint": fingerprint, "count": count, "since": since}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, wanted)
        found = cursor.fetchone()
    return Call(pk=found[0], workspace_id=token.workspace_id, token=token) if found else None


def forget(call: Call) -> None:
    """Delete a refused call: it began nothing that could be joined."""
    Call.objects.filter(pk=call.pk).delete()


def answered(call: int) -> None:
    """Record that the call's response was sent whole."""
    Call.objects.filter(pk=call, answered_at=None).update(answered_at=timezone.now())
