"""The way to sign in and back, for people without a session: it leads to the page that they were on."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import Resolver404, resolve
from django.utils.decorators import sync_and_async_middleware
from django.utils.http import MAX_URL_REDIRECT_LENGTH

SAFE: Final = ("GET", "HEAD")
MAX_LENGTH: Final = 2_000
"""Characters of an address to come back to; of a longer one only the path is kept."""
SIGNED_OUT: Final = "signed_out"
"""Query parameter of the sign-in page that makes it say that a session has ended."""
SIGN_UP: Final = "sign_up"
"""Query parameter of links for people who have no account yet."""


def redirect_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Redirect to the sign-in page and, from there, back to the page that the person is on.

    Links of public pages with `SIGN_UP` lead newcomers to the sign-up page instead, then to what they wanted.
    A script is told by `HX-Redirect`, so that the whole page moves and no sign-in page lands inside it.
    """
    back = request.get_full_path() if _is_a_page(request) else current_page(request) or _section(request)
    was_signed_in = _was_signed_in(request)
    page, query = resolve_url(settings.LOGIN_URL), {"next": back}
    if was_signed_in:
        query[SIGNED_OUT] = "1"
    elif SIGN_UP in request.GET:
        page, query = resolve_url("account_signup"), {"next": _without_sign_up(request)}
    address = f"{page}?{urlencode(query, safe='/')}"
    # Longer ones are refused by Django and by proxies.
    if len(address) > MAX_URL_REDIRECT_LENGTH:
        query["next"] = request.path
        address = f"{page}?{urlencode(query, safe='/')}"
    return (
        HttpResponse(headers={"HX-Redirect": address})
        if is_script(request)
        else HttpResponseRedirect(address)
    )


def is_script(request: HttpRequest) -> bool:
    """Return whether a script of ours asks, which swaps the answer into its page."""
    return (
        request.headers.get("HX-Request") == "true"
        or request.headers.get("X-Requested-With") == "XMLHttpRequest"
    )


def current_page(request: HttpRequest) -> str:
    """Return the address, without the host, of our page from which the request was made; "" if it does not say."""
    for name in ("HX-Current-URL", "Referer"):
        try:
            parts = urlsplit(request.headers.get(name, ""))
        except ValueError:
            continue
        path = parts.path or "/"
        # Two slashes or a backslash would begin another host's address.
        if parts.netloc == request.get_host() and path[1:2] not in ("/", "\\"):
            whole = f"{path}?{parts.query}" if parts.query else path
            return (whole if len(whole) <= MAX_LENGTH else path)[:MAX_LENGTH]
    return ""


@sync_and_async_middleware
def signed_out_forms(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Let forms of pages that are not ours, such as allauth's, come back to their page, too."""

    def changed(request: HttpRequest, response: Any) -> Any:
        location = response.get("Location", "")
        if request.method in SAFE or not location.startswith(f"{resolve_url(settings.LOGIN_URL)}?"):
            return response
        back = parse_qs(urlsplit(location).query).get("next")
        return redirect_to_sign_in(request) if back == [request.get_full_path()] else response

    async def later(request: HttpRequest) -> Any:
        return changed(request, await get_response(request))

    def now(request: HttpRequest) -> Any:
        return changed(request, get_response(request))

    return later if iscoroutinefunction(get_response) else now


def _is_a_page(request: HttpRequest) -> bool:
    return request.method in SAFE and not is_script(request)


def _was_signed_in(request: HttpRequest) -> bool:
    """Return whether a session has ended: only pages for members post, and a cookie outlives its session."""
    stale = settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.session_key is None
    return stale or not _is_a_page(request)


def _without_sign_up(request: HttpRequest) -> str:
    wanted = request.GET.copy()
    del wanted[SIGN_UP]
    return f"{request.path}?{wanted.urlencode()}" if wanted else request.path


def _section(request: HttpRequest) -> str:
    """Return the page at the first part of the address, to which a form without a Referer belongs."""
    page = f"/{request.path.split('/')[1]}"
    try:
        resolve(page)
    except Resolver404:
        return resolve_url(settings.LOGIN_REDIRECT_URL)
    return page
