"""The reference: a list of all operations, and a page for each."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import public
from api.manual import reference
from api.manual.samples import box
from api.pages.caching import cached_publicly
from api.pages.guides import with_own_token


@require_safe
@public
@cached_publicly
def operations(request: HttpRequest) -> HttpResponse:
    """List all operations of both surfaces."""
    return render(request, "manual/operations.html", {"groups": reference.grouped(), "section": "reference"})


@require_safe
@public
@cached_publicly
def operation(request: HttpRequest, name: str) -> HttpResponse:
    """Show an operation: what it takes, what it answers, how it refuses, and how it is called.

    Raises:
        Http404: there is none of that name.
    """
    found = reference.operations().get(name)
    if found is None:
        raise Http404
    everything = list(reference.operations().values())
    place = everything.index(found)
    context = {
        "groups": reference.grouped(),
        "section": "reference",
        "operation": found,
        "request_box": with_own_token(request, box(found.requests, "request")),
        "before": everything[place - 1] if place else None,
        "after": next(iter(everything[place + 1 :]), None),
    }
    return render(request, "manual/operation.html", context)
