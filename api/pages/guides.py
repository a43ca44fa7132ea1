"""The guides, readable by everybody: as pages, as Markdown, and as the index that the search looks through."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.access import public
from accounts.tokens import listing
from api.manual import guides, search
from api.manual.markdown import Article
from api.manual.samples import MARKED_TOKEN, TOKEN
from api.pages.caching import cached_publicly

PAGE = "manual/guide.html"
WORDS_A_MINUTE = 220


@require_safe
@public
@cached_publicly
def first(request: HttpRequest) -> HttpResponse:
    """Show the first page, which lists the guides."""
    return render(request, PAGE, _known(request, guides.INDEX, guides.page(guides.INDEX)))


@require_safe
@public
@cached_publicly
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a guide; its samples name the variable of the newest token of whoever is signed in.

    Raises:
        Http404: there is none of that name.
    """
    found = guides.find(slug)
    if found is None:
        raise Http404
    pages = guides.listed()
    place = pages.index(found)
    around = {"before": pages[place - 1] if place else None, "after": next(iter(pages[place + 1 :]), None)}
    return render(request, PAGE, _known(request, slug, guides.page(slug)) | around | {"guide": found})


@require_safe
@public
def errors(request: HttpRequest) -> HttpResponse:
    """Lead to the guide of all codes."""
    return redirect("guide", "errors", permanent=True)


@require_safe
@public
@cached_publicly
def markdown(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Return a guide, or the first page, as Markdown.

    Raises:
        Http404: there is none of that name.
    """
    if slug and guides.find(slug) is None:
        raise Http404
    return HttpResponse(guides.markdown(slug or guides.INDEX), content_type="text/markdown; charset=utf-8")


@require_safe
@public
@cached_publicly
def search_index(request: HttpRequest) -> HttpResponse:
    """Return what the search looks through."""
    return JsonResponse({"entries": search.index()})


def with_own_token(request: HttpRequest, html: str) -> SafeString:
    """Put the variable of the signed-in person's own newest token into samples."""
    variable = _variable(request)
    return SafeString(html if variable == TOKEN else html.replace(MARKED_TOKEN, f"<mark>{variable}</mark>"))


def _variable(request: HttpRequest) -> str:
    workspace = getattr(request, "workspace", None)
    if workspace is None or not request.user.is_authenticated:
        return TOKEN
    newest = listing.newest_of(workspace, request.user)
    return newest.variable if newest else TOKEN


def _known(request: HttpRequest, slug: str, page: Article) -> dict[str, Any]:
    words = sum(len(part.text.split()) for part in page.sections)
    return {
        "slug": slug,
        "page": page,
        "html": with_own_token(request, page.html),
        "groups": guides.grouped(),
        "minutes": max(1, round(words / WORDS_A_MINUTE)),
        "section": "guides",
    }
