"""Removal of expired sessions, which Django leaves to whoever runs it."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from core.database import portions

AT_ONCE = 5_000


def sweep() -> dict[str, int]:
    """Delete sessions that have expired, the oldest first, with what people see of them; return how many."""
    return {"sessions": portions.work_off(_forget_some)}


def _forget_some() -> int:
    expired = Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date")
    keys = list(expired.values_list("session_key", flat=True)[:AT_ONCE])
    UserSession.objects.filter(session_key__in=keys).delete()
    return Session.objects.filter(session_key__in=keys).delete()[0]
