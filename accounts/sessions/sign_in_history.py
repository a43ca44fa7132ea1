"""Known sign-ins and actions of a person, from open sessions and the audit trail."""

import datetime as dt
from dataclasses import dataclass

from allauth.usersessions.models import UserSession

from accounts.models import AuditEvent, User
from accounts.sessions.user_agents import describe

MAX_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A sign-in or an action, with its time and IP address."""

    at: dt.datetime
    address: str
    what: str


def for_user(user: User) -> list[HistoryEntry]:
    """Return up to fifty sign-ins and as many audited actions, oldest first."""
    sessions = UserSession.objects.filter(user=user).order_by("-created_at")[:MAX_ENTRIES]
    actions = AuditEvent.objects.filter(actor=user, address__isnull=False).order_by("-created_at")
    entries = [
        HistoryEntry(
            one.created_at,
            one.ip,
            f"signed in with {describe(one.user_agent).name}, last seen {one.last_seen_at:%Y-%m-%d %H:%M}",
        )
        for one in sessions
    ]
    entries += [HistoryEntry(one.created_at, str(one.address), one.action) for one in actions[:MAX_ENTRIES]]
    return sorted(entries, key=lambda entry: entry.at)
