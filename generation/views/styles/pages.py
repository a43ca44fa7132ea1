"""Styles: the presets, the workspace's own, and the editor."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect, push_url

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from core import ids
from core.database import keyset
from core.errors import Refusal
from core.form_targets import takes_forms
from core.inputs import parsing
from generation.errors import StyleNotFound
from generation.models import Style, StyleVersion
from generation.models.style import Kind
from generation.studio.frames import Frame
from generation.studio.style_editor import editor_for, last_trial
from generation.studio.style_form import StyleForm
from generation.styles import authoring
from generation.styles.queries import PAGE, find, search, style_cards, visible

SECTION = "styles"
"""The navigation entry that all these pages belong to."""


@require_safe
@require_role(Role.VIEWER)
def styles(request: MemberRequest) -> HttpResponse:
    """List the workspace's own styles, newest first, and the presets; with `after` only the next of its own."""
    words, kind = request.GET.get("q", "")[:100], request.GET.get("kind", "")
    found = search(visible(request.workspace).select_related("current"), words)
    own = found.filter(workspace=request.workspace).order_by("-is_default", "-pk")
    context: dict[str, Any] = {"words": words, "kind": kind}
    if after := ids.parse("sty", request.GET.get("after", "")):
        own = own.filter(pk__lt=after, is_default=False)
    page = keyset.cut(own, PAGE)
    more = f"?after={page.last.public_id}&q={words}" if page.last else ""
    context |= {"own": style_cards(request.workspace, page.rows), "more": more}
    if request.htmx and after:
        return render(request, "styles/own.html", context)
    presets = found.filter(workspace=None).exclude(current=None).order_by("position", "name")
    if kind in Kind.values:
        presets = presets.filter(kind=kind)
    context |= {"presets": style_cards(request.workspace, list(presets)), "kinds": Kind.choices}
    if request.htmx:
        response = render(request, "styles/results.html", context)
        return push_url(response, request.get_full_path())
    return render(request, "styles/styles.html", context)


@require_safe
@require_role(Role.MEMBER)
def new(request: MemberRequest) -> HttpResponse:
    """Show the editor for a new style; with `from` it starts as a copy of another one."""
    form = StyleForm.blank()
    if "from" in request.GET:
        other = _found(request, request.GET["from"])
        if other.current:
            form = StyleForm.from_version(other, other.current).copy()
    context = {
        "editor": editor_for(request.workspace, form, None),
        "request_key": ids.new().hex,
        "section": SECTION,
    }
    return render(request, "styles/edit/page.html", context)


@require_safe
@require_role(Role.VIEWER)
def style(request: MemberRequest, style_id: str) -> HttpResponse:
    """Show a style: in the editor if it may be changed, else read-only. `version` shows an earlier one."""
    shown = _found(request, style_id)
    version = _version(shown, request.GET.get("version", ""))
    editor = editor_for(
        request.workspace, StyleForm.from_version(shown, version), shown, number=version.number
    )
    return render(request, "styles/edit/page.html", {"editor": editor, **_beside(request, shown)})


@takes_forms
@require_role(Role.MEMBER)
def save(request: MemberRequest) -> HttpResponse:
    """Save the form as a new version of `style`, or of a new style without it."""
    form = StyleForm.read(request.POST)
    known = _found(request, form.style, own=True) if form.style else None
    try:
        saved = authoring.save(
            request.workspace, known, form.wording, name=form.name, summary=form.summary, user=request.user
        )
    except Refusal as refusal:
        context = {
            "editor": editor_for(request.workspace, form, known),
            "refused": refusal,
            "request_key": ids.new().hex,
            "section": SECTION,
            **(_beside(request, known) if known else {}),
        }
        return render(request, "styles/edit/page.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    number = saved.current.number if saved.current else ""
    messages.success(request, f"Saved as version {number}. New images use it from now on.")
    return redirect("style", saved.public_id)


@takes_forms
@require_role(Role.MEMBER)
def delete(request: MemberRequest, style_id: str) -> HttpResponse:
    """Delete one of the workspace's own styles."""
    gone = _found(request, style_id, own=True)
    authoring.delete(gone)
    messages.success(request, f"“{gone.name}” was deleted. Images made with it stay.")
    return _to_styles(request)


@takes_forms
@require_role(Role.MEMBER)
def default(request: MemberRequest, style_id: str) -> HttpResponse:
    """Let Studio start with this style (`on` is 1), or with none."""
    chosen = _found(request, style_id, own=True)
    on = request.POST.get("on", "1") == "1"
    if on and chosen.current is None:
        raise Http404
    authoring.make_default(chosen, on=on)
    messages.success(
        request,
        f"Studio now starts with “{chosen.name}”." if on else "Studio now starts without a style.",
    )
    return _to_styles(request)


def _to_styles(request: MemberRequest) -> HttpResponse:
    return HttpResponseClientRedirect(reverse("styles")) if request.htmx else redirect("styles")


def _found(request: MemberRequest, style_id: str, *, own: bool = False) -> Style:
    try:
        return find(request.workspace, style_id, own=own)
    except StyleNotFound:
        raise Http404 from None


def _version(style: Style, number: str) -> StyleVersion:
    if number:
        version = style.versions.filter(number=parsing.number(number)).first()
    else:
        version = style.current or style.versions.order_by("-pk").first()
    if version is None:
        raise Http404
    return version


def _beside(request: MemberRequest, style: Style) -> dict[str, Any]:
    """Return the versions and the last image of a saved style."""
    trial = last_trial(request.workspace, style)
    image = trial.images.filter(deleted_at=None).order_by("index").first() if trial else None
    return {
        "request_key": ids.new().hex,
        "section": SECTION,
        "versions": style.versions.exclude(number=None).select_related("created_by").order_by("-number")[:50],
        "trial": Frame(image, trial) if image and trial else None,
    }
