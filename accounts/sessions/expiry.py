"""Removal of expired sessions, which Django leaves to whoever runs it."""

from typing import Final

from django.contrib.sessions.models import Session
from django.utils import timezone

AT_ONCE: Final = 10_000


def sweep() -> dict[str, int]:
    """Delete sessions that have expired, the oldest first and 10,000 at a time; return how many."""
    expired = Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date")
    keys = list(expired.values_list("session_key", flat=True)[:AT_ONCE])
    return {"sessions": Session.objects.filter(session_key__in=keys).delete()[0]}
