"""Addresses that only take forms."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, cast

from django.http import Http404, HttpRequest, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import resolve

type View = Callable[..., HttpResponseBase]

ALLOWED: Final = ("GET", "HEAD", "POST")


class SeeOther(HttpResponseRedirect):
    """303: the response to a form is another page, to be fetched by GET."""

    status_code = 303


def takes_forms[V: View](view: V) -> V:
    """Let the view answer POST; whoever only opens its address is redirected to the page that it belongs to.

    People come here by Back, by a reload or from signing in again. The page is the nearest address above that is one.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST":
            return view(request, *args, **kwargs)
        if request.method in ALLOWED:
            return SeeOther(page_above(request.path_info))
        return HttpResponseNotAllowed(ALLOWED)

    answer.takes_forms = True  # type: ignore[attr-defined]
    return cast("V", answer)


def page_above(path: str) -> str:
    """Return the nearest address above `path` that shows a page; the front page if there is none."""
    while path := path.rpartition("/")[0]:
        try:
            found = resolve(path).func
        except Http404:
            continue
        if not getattr(found, "takes_forms", False):
            return path
    return "/"
