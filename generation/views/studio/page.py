"""Studio: the composer on the left, the images on the right."""

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import Role, Workspace
from accounts.requests import MemberRequest
from core import ids
from core.database import keyset
from generation.errors import ModelUnavailable
from generation.models import Generation, Source
from generation.studio.cards import PAGE, cards, generations
from generation.studio.composer import compose
from generation.studio.draft import Draft
from generation.studio.starters import STARTERS
from generation.studio.tray import tray
from generation.views.studio.remembered import recall

DRAFT = "draft"
"""Session key of a draft that is kept while its author buys credits."""


@require_safe
@require_role(Role.VIEWER)
def studio(request: MemberRequest) -> HttpResponse:
    """Show the page; with `after` only the next older cards, as the strip requests them."""
    strip = _strip(request)
    if request.htmx and "after" in request.GET:
        return render(request, "studio/cards.html", strip)
    newest = strip["cards"][0].generation if strip["cards"] else None
    context = composer_context(request.workspace, initial_draft(request, newest), given=bool(request.GET))
    return render(request, "studio/studio.html", {**strip, **tray(request.workspace), **context})


def refused_page(request: MemberRequest, context: dict[str, Any], status: int) -> HttpResponse:
    """Show the whole page around a composer with its refusal, for browsers without scripts."""
    whole = {**_strip(request), **tray(request.workspace), **context, "given": True}
    return render(request, "studio/studio.html", whole, status=status)


@require_safe
@require_role(Role.MEMBER)
def composer(request: MemberRequest) -> HttpResponse:
    """Show only the composer, filled with what the query string gives."""
    context = composer_context(request.workspace, initial_draft(request, None), given=True)
    return render(request, "studio/composer/composer.html", context)


def composer_context(workspace: Workspace, draft: Draft, **more: Any) -> dict[str, Any]:
    """Return what the composer's templates need, with a fresh request key unless one is given.

    If nothing can be ordered at all, `composer` is None and `refusal` says so.
    """
    context: dict[str, Any] = {"request_key": ids.new().hex}
    try:
        context["composer"] = compose(workspace, draft)
    except ModelUnavailable as refusal:
        context |= {"composer": None, "refusal": refusal}
    return context | more


def initial_draft(request: MemberRequest, newest: Generation | None) -> Draft:
    """Return the composer's first draft: what the query string gives, else a kept draft, else the last settings.

    The last settings are those of this browser, else those of the newest generation with the default style.

    Raises:
        Http404: the generation to remix is not the workspace's.
    """
    kept = request.session.get(DRAFT)
    if kept:
        draft = Draft.from_json(kept)
    elif recalled := recall(request):
        draft = recalled
    else:
        draft = (
            Draft.from_generation(newest).settings_only().styled(newest.style_version) if newest else Draft()
        )
        if style := request.workspace.styles.filter(is_default=True, deleted_at=None).first():
            draft = replace(draft, style=style.public_id)
    if "remix" in request.GET:
        key = ids.parse("gen", request.GET["remix"])
        found = request.workspace.generations.select_related("style_version")
        generation = found.filter(pk=key).first() if key else None
        if generation is None:
            raise Http404
        draft = Draft.from_generation(generation).styled(generation.style_version)
    return draft.changed(request.GET)


def _own(request: MemberRequest) -> QuerySet[Generation]:
    """Return the member's own generations of Studio; a viewer, who makes none, sees everybody's."""
    found = generations(request.workspace, request.user)
    if request.membership.may(Role.MEMBER):
        return found.filter(created_by=request.user, source=Source.STUDIO)
    return found.exclude(source=Source.BATCH)


def _strip(request: MemberRequest) -> dict[str, Any]:
    page = keyset.page(_own(request), PAGE, after=ids.parse("gen", request.GET.get("after", "")))
    more = page.last.public_id if page.last else ""
    return {"cards": cards(request.workspace, page.rows), "more": more, "starters": STARTERS}
