"""Fresh proof of identity, required for what changes who can open an account or what it costs.

A session may be stolen; a password, a mailbox or a passkey hardly along with it. Signing in is no proof: a
cookie that is stolen a minute later would carry it. Proof is given on allauth's pages and on
`accounts.views.reauthentication`, recorded in the session, and lasts `ACCOUNT_REAUTHENTICATION_TIMEOUT` seconds.
"""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
)
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.account.utils import get_next_redirect_url
from allauth.core.internal.httpkit import deserialize_request, serialize_request
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase, HttpResponseRedirectBase
from django.shortcuts import resolve_url
from django.urls import resolve
from django.utils import timezone

type View = Callable[..., Any]

DAY: Final = 24 * 60 * 60
OLD_SESSION_LIFETIME: Final = timedelta(seconds=10)
MOST_KEPT: Final = 64_000
NOT_KEPT = (
    "Thank you, you are confirmed. Please fill in the form again: it contains a password, so it was not kept."
)
REFUSED = "Thank you, you are confirmed, but the form was refused and nothing was changed. Send it again to see why."
ADMIN: Final = "admin"
DROPPED = ("HTTP_HX_", "HTTP_COOKIE")
"""Headers that are not kept: the response must be a page, and cookies don't belong in a session."""


def is_fresh(request: HttpRequest) -> bool:
    """Return whether this session has proved its user's identity lately."""
    return any(time.time() - at < app_settings.REAUTHENTICATION_TIMEOUT for at in _moments(request))


def fresh_since(request: HttpRequest) -> float:
    """Return when the last day's proofs in this session began, in seconds since 1970; now if there are none."""
    now = time.time()
    return min((at for at in _moments(request) if now - at < DAY), default=now)


def redirect_if_stale(request: HttpRequest, *, keep: bool = True) -> HttpResponse | None:
    """Redirect to the proof; None if it is fresh, or for anonymous visitors, who have to sign in anyway.

    A form that was sent is kept in the session and resumes by itself after the proof, as if it were sent
    without JavaScript; `keep=False` is for forms with a password, which must not lie in a session.

    Raises:
        RequestDataTooBig: the form is larger than anybody sends by hand.
    """
    if not request.user.is_authenticated or is_fresh(request):
        return None
    back = request.get_full_path()
    request.session.pop(STATE_SESSION_KEY, None)
    if request.method == "POST" and not keep:
        messages.info(request, NOT_KEPT)
    elif request.method == "POST":
        back, kept = _page(request), _kept(request)
        request.session[STATE_SESSION_KEY] = {
            "callback": f"{__name__}.{resume.__name__}",
            "state": {"request": kept, "next": back},
        }
    first = get_adapter().get_reauthentication_methods(request.user)[0]
    address = f"{first['url']}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def required[V: View](view: V, *, keep: bool = True) -> V:
    """Require fresh proof for a view; stands below the decorator that says who may open it. See `redirect_if_stale`."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return redirect_if_stale(request, keep=keep) or view(request, *args, **kwargs)

    answer.needs_proof = True  # type: ignore[attr-defined]
    return answer  # type: ignore[return-value]


def resume(request: HttpRequest, state: dict[str, str]) -> HttpResponseBase:
    """Resume the form that was kept; allauth calls this once the proof is given.

    Another tab may have kept another form since: then only the page that this proof was for is shown again.
    Forms of the operators' admin that are refused are shown anew as well: the browser must be at their own
    address.
    """
    if get_next_redirect_url(request) != state["next"]:
        return HttpResponseRedirect(get_next_redirect_url(request) or resolve_url("settings"))
    again = deserialize_request(state["request"], request)
    match = again.resolver_match = resolve(again.path_info)
    answer: HttpResponseBase = match.func(again, *match.args, **match.kwargs)
    if match.app_name == ADMIN and not isinstance(answer, HttpResponseRedirectBase):
        # A form that was refused: submitted again from here, it would be taken for a proof.
        messages.error(request, REFUSED)
        return HttpResponseRedirect(state["next"])
    return answer


def renew_session(request: HttpRequest) -> None:
    """Give the session another key, so that an earlier copy of the cookie ends with this proof.

    The old key lives on for a few seconds without the proof: requests under way would otherwise return with
    an order to delete the cookie.
    """
    before = type(request.session)(request.session.session_key)
    for name in (AUTHENTICATION_METHODS_SESSION_KEY, STATE_SESSION_KEY):
        before.pop(name, None)
    before.set_expiry(timezone.now() + OLD_SESSION_LIFETIME)
    key = before.session_key
    request.session.cycle_key()
    before.save(must_create=True)
    UserSession.objects.filter(session_key=key).update(session_key=request.session.session_key)


def _moments(request: HttpRequest) -> list[float]:
    if not request.user.is_authenticated:
        return []
    records = get_authentication_records(request, request.user)
    return [record["at"] for record in records if record.get("reauthenticated")]


def _page(request: HttpRequest) -> str:
    """Return the address of the page that holds the form."""
    page = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    if page.netloc != request.get_host():
        return resolve_url("settings")
    return f"{page.path}?{page.query}" if page.query else page.path


def _kept(request: HttpRequest) -> str:
    """Serialize the request as `deserialize_request` reads it."""
    kept = json.loads(serialize_request(request))
    kept["META"] = {name: value for name, value in kept["META"].items() if not name.startswith(DROPPED)}
    text = json.dumps(kept)
    if len(text) > MOST_KEPT:
        raise RequestDataTooBig("This form is too large. Nothing was changed.")
    return text
