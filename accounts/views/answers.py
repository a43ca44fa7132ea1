"""Responses that several pages share."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from accounts import ids
from accounts.errors import Refusal
from accounts.requests import MemberRequest

type View = Callable[..., HttpResponse]


def refusals_go_to(page: str) -> Callable[[View], View]:
    """Turn a refusal inside the view into a message on `page`, a URL name; htmx reloads that page."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except Refusal as refusal:
                messages.error(request, refusal.detail)
                return go_to(request, page)

        return answer

    return decorate


def go_to(request: MemberRequest, page: str) -> HttpResponse:
    """Redirect to a page by its URL name, for a browser and for htmx."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Refresh": "true"})
    return redirect(page)


def parsed(prefix: str, public_id: str) -> UUID:
    """Parse a public id.

    Raises:
        Http404: it is malformed; the same answer as for one that does not exist.
    """
    found = ids.parse(prefix, public_id)
    if found is None:
        raise Http404
    return found
