"""The changelog: a page, Markdown, and a feed each for the API and for models."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import public
from api.manual import changelog, guides
from api.pages.caching import cached_publicly

ATOM = "application/atom+xml; charset=utf-8"
FILTERS = {"": "All", changelog.API: "API", changelog.MODELS: "Models"}


@require_safe
@public
@cached_publicly
def page(request: HttpRequest) -> HttpResponse:
    """Show what changed, newest first: all of it, or what is about the API or about models."""
    about = request.GET.get("about", "")
    about = about if about in FILTERS else ""
    context = {
        "introduction": changelog.introduction(),
        "entries": changelog.entries(about),
        "filters": FILTERS,
        "about": about,
        "version": settings.API_VERSION,
    }
    return render(request, "manual/changelog.html", context)


@require_safe
@public
@cached_publicly
def markdown(request: HttpRequest) -> HttpResponse:
    """Return what changed in the API as Markdown."""
    return HttpResponse(guides.markdown(changelog.FILE), content_type="text/markdown; charset=utf-8")


@require_safe
@public
@cached_publicly
def feed(request: HttpRequest, about: str) -> HttpResponse:
    """Return what changed in the API, or about models, as an Atom feed."""
    return HttpResponse(changelog.feed(about, request.path), content_type=ATOM)
