"""Detection of accounts made in the same browser: a cookie with a random name, and nothing else in it.

It is set on the pages where accounts are made, and sent only there. Whoever deletes it counts as a new
device; the limits of their network still apply.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

COOKIE, SALT, PATH = "device", "accounts.same_device", "/accounts/"
LIFETIME = int(timedelta(days=400).total_seconds())
"""As long as browsers keep a cookie at most (draft-ietf-httpbis-rfc6265bis, 5.5)."""


def device_of(request: HttpRequest) -> str:
    """Return a digest of the browser's name; empty if it has none, or one that we did not sign."""
    name = _name(request)
    return hashlib.sha256(name.encode()).hexdigest()[:32] if name else ""


def set_device_cookie[V: Callable[..., HttpResponseBase]](view: V) -> V:
    """Give a browser that opens this view a name, unless it has one."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if not _name(request):
            response.set_signed_cookie(
                COOKIE,
                secrets.token_urlsafe(16),
                salt=SALT,
                max_age=LIFETIME,
                path=PATH,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response

    return wrapped  # type: ignore[return-value]  # the same view, wrapped


def _name(request: HttpRequest) -> str:
    return request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=LIFETIME) or ""
