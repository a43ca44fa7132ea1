"""Responses that several pages share."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from accounts.requests import MemberRequest
from core import ids
from core.errors import Refusal

type View = Callable[..., HttpResponse]


def redirect_refusals_to(page: str) -> Callable[[View], View]:
    """Turn a refusal inside the view into a message on `page`, a URL name; htmx reloads that page."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except Refusal as refusal:
                messages.error(request, refusal.detail)
                return redirect_to(request, page)

        return answer

    return decorate


def redirect_to(request: MemberRequest, page: str) -> HttpResponse:
    """Redirect to a page by its URL name, for a browser and for htmx."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Refresh": "true"})
    return redirect(page)


def parse_id(prefix: str, public_id: str) -> UUID:
    """Parse a public id.

    Raises:
        Http404: it is malformed; the same answer as for one that does not exist.
    """
    found = ids.parse(prefix, public_id)
    if found is None:
        raise Http404
    return found
