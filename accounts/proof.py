"""Fresh proof: what changes who can open an account, or what it costs, asks again whether it is them.

A session may be stolen; a password, a mailbox or a passkey hardly along with it. Signing in is no proof: a cookie
that is taken a minute later would carry it. Proof is shown on allauth's pages and on `accounts.views.proof`, noted in
the session, and lasts `ACCOUNT_REAUTHENTICATION_TIMEOUT` seconds.
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
LINGERS: Final = timedelta(seconds=10)
MOST_KEPT: Final = 64_000
NOT_KEPT = "It is you. Please fill in the form again: it holds a password, so it was not kept."
REFUSED = "It is you, but the form was refused and nothing was changed. Send it again to see why."
ADMIN: Final = "admin"
DROPPED = ("HTTP_HX_", "HTTP_COOKIE")
"""Headers that are not kept: the answer is to be a page, and cookies have no place in a session."""


def is_fresh(request: HttpRequest) -> bool:
    """Whether this session has shown lately that it is them."""
    return any(time.time() - at < app_settings.REAUTHENTICATION_TIMEOUT for at in _moments(request))


def began(request: HttpRequest) -> float:
    """When the proofs of the last day in this session began, in seconds since 1970; now where there are none."""
    now = time.time()
    return min((at for at in _moments(request) if now - at < DAY), default=now)


def missing(request: HttpRequest, *, keep: bool = True) -> HttpResponse | None:
    """The way to the proof; None where it is fresh, and for strangers, who have to sign in anyway.

    A form that was sent is kept in the session and goes on by itself after the proof, as if it were sent without
    JavaScript; `keep=False` is for forms with a password, which must not lie in a session.

    Raises:
        RequestDataTooBig: nobody sends so much by hand.
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
    """Let a view be asked with fresh proof alone; stands below what says who may ask it. See `missing`."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return missing(request, keep=keep) or view(request, *args, **kwargs)

    answer.needs_proof = True  # type: ignore[attr-defined]
    return answer  # type: ignore[return-value]


def resume(request: HttpRequest, state: dict[str, str]) -> HttpResponseBase:
    """Go on with the form that was kept; allauth calls this once the proof is shown.

    Another tab may have kept another form since: then only the page that this proof was for is shown again. Forms of the
    operators' admin that are refused are shown anew as well: their own address is where the browser stands.
    """
    if get_next_redirect_url(request) != state["next"]:
        return HttpResponseRedirect(get_next_redirect_url(request) or resolve_url("settings"))
    again = deserialize_request(state["request"], request)
    match = again.resolver_match = resolve(again.path_info)
    answer: HttpResponseBase = match.func(again, *match.args, **match.kwargs)
    if match.app_name == ADMIN and not isinstance(answer, HttpResponseRedirectBase):
        # A form that was refused: sent again from here, it would be taken for a proof.
        messages.error(request, REFUSED)
        return HttpResponseRedirect(state["next"])
    return answer


def renew_session(request: HttpRequest) -> None:
    """Give the session another key, so that a copy of the cookie that somebody took before ends with this proof.

    Under the old key it lives on for a few seconds without the proof: requests that are under way would otherwise
    come back with an order to forget the cookie.
    """
    before = type(request.session)(request.session.session_key)
    for name in (AUTHENTICATION_METHODS_SESSION_KEY, STATE_SESSION_KEY):
        before.pop(name, None)
    before.set_expiry(timezone.now() + LINGERS)
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
    """The page that holds the form."""
    page = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    if page.netloc != request.get_host():
        return resolve_url("settings")
    return f"{page.path}?{page.query}" if page.query else page.path


def _kept(request: HttpRequest) -> str:
    """The request as `deserialize_request` reads it."""
    kept = json.loads(serialize_request(request))
    kept["META"] = {name: value for name, value in kept["META"].items() if not name.startswith(DROPPED)}
    text = json.dumps(kept)
    if len(text) > MOST_KEPT:
        raise RequestDataTooBig("This is more than a form holds. Nothing was changed.")
    return text
