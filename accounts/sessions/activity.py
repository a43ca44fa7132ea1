"""Last activity of each session, for the lists of sessions and members."""

import time
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.utils import timezone

SESSION_KEY = "seen"
EVERY = timedelta(minutes=5)


def record(request: HttpRequest) -> None:
    """Record that this session is in use, at most every five minutes; most requests cost nothing."""
    now = time.time()
    if now - request.session.get(SESSION_KEY, 0) < EVERY.total_seconds():
        return
    request.session[SESSION_KEY] = now
    UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=timezone.now())
