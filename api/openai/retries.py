"""Retries of clients, which join what the first request began.

OpenAI's clients retry a call up to twice when the connection breaks, and send no key: they only count
(`x-stainless-retry-count`, openai-python `_base_client.py`). Same token, same body, a count above 0: one
generation, one charge, one call upstream. Other clients don't even count (Vercel's AI SDK tries 408, 409, 429 and 5xx
again by status, proxies and HTTP libraries whatever broke): of them, a call joins an identical one whose answer was
lost on the way; one whose answer arrived is never joined without a count.

A call is remembered before it begins anything, and its row is the natural key of what it begins. So a retry
that arrives while the first request is still at work, or after its process has died, submits the same thing
under the same key: whoever is first makes it, the other gets it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import connection
from django.db.models.functions import Now

from accounts.models import ApiToken
from api.models import Call
from generation.events.listener import presence

WITHIN: Final = timedelta(minutes=30)
"""The clients' own timeout is 10 minutes, and they retry at most twice."""
PATIENCE: Final = 0.3
"""Seconds that another process is given to notice that the connection of an identical call broke."""
REAPPEARS: Final = 4.0
"""Seconds that a process is given to be back after its connection to the database broke."""
_JOIN_COUNTED: Final = """
    UPDATE api_call SET repeats = %(count)s, joins = joins + 1, lost_at = NULL, process = %(process)s::uuid WHERE id = (
        SELECT id FROM api_call
        WHERE token_id = %(token)s AND fingerprint = %(fingerprint)s
            AND repeats < %(count)s AND created_at > now() - %(within)s::interval
        ORDER BY (lost_at IS NULL), answered_at DESC NULLS FIRST, id DESC LIMIT 1
        FOR UPDATE SKIP LOCKED
    ) RETURNING id, joins
"""
_JOIN_LOST_OR_REMEMBER: Final = """
    WITH taken AS (
        UPDATE api_call SET joins = joins + 1, lost_at = NULL, process = %(process)s::uuid WHERE id = (
            SELECT id FROM api_call
            WHERE token_id = %(token)s AND fingerprint = %(fingerprint)s
                AND lost_at IS NOT NULL AND created_at > now() - %(within)s::interval
            ORDER BY id DESC LIMIT 1
            FOR UPDATE SKIP LOCKED
        ) RETURNING id, joins
    ), elsewhere AS (
        SELECT 1 FROM api_call
        WHERE %(patient)s AND token_id = %(token)s AND fingerprint = %(fingerprint)s
            AND answered_at IS NULL AND lost_at IS NULL AND process IS NOT NULL
            AND process IS DISTINCT FROM %(process)s::uuid AND created_at > now() - %(within)s::interval
        LIMIT 1
    ), made AS (
        INSERT INTO api_call (workspace_id, token_id, fingerprint, repeats, joins, process, created_at)
        SELECT %(workspace)s, %(token)s, %(fingerprint)s, 0, 0, %(process)s::uuid, now()
        WHERE NOT EXISTS (SELECT FROM taken) AND NOT EXISTS (SELECT FROM elsewhere)
        RETURNING id, joins
    )
    SELECT id, joins FROM taken UNION ALL SELECT id, joins FROM made
"""
_HELD_BY_NOBODY: Final = """
    token_id = %(token)s AND fingerprint = %(fingerprint)s
    AND answered_at IS NULL AND lost_at IS NULL AND process IS NOT NULL AND process IS DISTINCT FROM %(process)s::uuid
    AND created_at > now() - %(within)s::interval
    AND NOT EXISTS (
        SELECT 1 FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 1
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND (classid::bigint << 32 | objid::bigint) = hashtextextended('process:' || process::text, 0)
    )
"""
_IS_ORPHANED: Final = f"SELECT EXISTS (SELECT FROM api_call WHERE {_HELD_BY_NOBODY})"  # noqa: S608 -- constants
_LOSE_ORPHANS: Final = f"UPDATE api_call SET lost_at = now() WHERE {_HELD_BY_NOBODY}"  # noqa: S608 -- constants


class UnsettledError(Exception):
    """Another process holds an identical call, whose connection may just have broken: ask again a little later.

    Attributes:
        is_orphaned: whether that process seems to be dead; one that only reconnects to the database looks the same.
    """

    def __init__(self, *, is_orphaned: bool) -> None:
        super().__init__()
        self.is_orphaned = is_orphaned


@dataclass(frozen=True, slots=True)
class Connection:
    """A client's connection to a remembered call.

    Attributes:
        call: id of the call.
        joins: how many connections it had before.
    """

    call: int
    joins: int

    @property
    def request_key(self) -> str:
        """Natural key of the generation that the call begins."""
        return Call(pk=self.call).request_key


def connect(
    token: ApiToken, fingerprint: bytes, count: int, *, patient: bool = False, was_orphaned: bool = False
) -> Connection:
    """Join the call of which this is a retry, or remember it as a new one, before it begins anything.

    Of several identical calls the newest without a response is taken, and each by one retry only: a program
    that asks for the same image ten times at once keeps getting ten.

    Args:
        token: the caller's.
        fingerprint: sha256 of method, path and body.
        count: the client's own count of its retries; 0 for a client that doesn't count.
        patient: whether to wait for what another process may know.
        was_orphaned: whether an identical call's process already seemed to be dead `REAPPEARS` seconds ago: if it
            still does, the call's answer is lost.

    Raises:
        UnsettledError: only if `patient`; nothing was remembered.
    """
    wanted: dict[str, Any] = {
        "workspace": token.workspace_id,
        "token": token.pk,
        "fingerprint": fingerprint,
        "count": count,
        "within": WITHIN,
        "process": presence(),
        "patient": patient,
    }
    with connection.cursor() as cursor:
        if count:
            cursor.execute(_JOIN_COUNTED, wanted)
            if found := cursor.fetchone():
                return Connection(*found)
        if was_orphaned:
            cursor.execute(_LOSE_ORPHANS, wanted)
        cursor.execute(_JOIN_LOST_OR_REMEMBER, wanted)
        found = cursor.fetchone()
        if found is None:
            cursor.execute(_IS_ORPHANED, wanted)
            ((is_orphaned,),) = cursor.fetchall()
            raise UnsettledError(is_orphaned=is_orphaned)
    return Connection(*found)


def forget(one: Connection) -> None:
    """Delete a refused call: it began nothing that could be joined; one that a retry has joined is that one's."""
    Call.objects.filter(pk=one.call, joins=one.joins).delete()


def answered(one: Connection) -> None:
    """Record that the call's response was sent whole."""
    Call.objects.filter(pk=one.call, joins=one.joins).update(answered_at=Now())


def lost(one: Connection) -> None:
    """Record that the response did not arrive, unless a retry has joined the call since."""
    Call.objects.filter(pk=one.call, joins=one.joins).update(lost_at=Now(), answered_at=None)
