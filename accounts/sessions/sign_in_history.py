"""Known sign-ins and actions of a person: open sessions, and what the audit trail keeps."""

import datetime as dt
from dataclasses import dataclass

from allauth.usersessions.models import UserSession

from accounts.models import AuditEvent, User
from accounts.sessions.user_agents import describe

MAX_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A trace: when, from which IP address, what it was."""

    at: dt.datetime
    address: str
    what: str


def for_user(user: User) -> list[HistoryEntry]:
    """Return up to fifty sign-ins and as many audited actions, oldest first."""
    sessions = UserSession.objects.filter(user=user).order_by("-created_at")[:MAX_ENTRIES]
    acts = AuditEvent.objects.filter(actor=user, address__isnull=False).order_by("-created_at")[:MAX_ENTRIES]
    found = [
        HistoryEntry(
            one.created_at,
            one.ip,
            f"signed in with {describe(one.user_agent).name}, last seen {one.last_seen_at:%Y-%m-%d %H:%M}",
        )
        for one in sessions
    ]
    found += [HistoryEntry(one.created_at, str(one.address), one.action) for one in acts]
    return sorted(found, key=lambda visit: visit.at)
