"""The page of the workspace's references."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from core import ids
from core.database import keyset
from core.errors import Refusal
from core.form_targets import takes_forms
from generation.media import formats
from generation.media.concurrency import SlotsBusy
from generation.models import Reference
from generation.references import library as reference_library
from generation.studio.chips import Chip

PAGE = 48
MOST_AT_ONCE = 10
"""Files in one upload: each is decoded before the response, and a browser does not wait forever."""


@require_safe
@require_role(Role.VIEWER)
def library(request: MemberRequest) -> HttpResponse:
    """List all references but masks, newest first; with `after` only the next page."""
    found = request.workspace.references.filter(deleted_at=None, is_mask=False).order_by("-pk")
    after = ids.parse("rfe", request.GET.get("after", ""))
    page = keyset.page(found, PAGE, after=after)
    more = f"?after={page.last.public_id}" if page.last else ""
    context = {
        "chips": [Chip(one) for one in page.rows],
        "more": more,
        "at_once": MOST_AT_ONCE,
        "section": "styles",
    }
    name = "references/plates.html" if request.htmx and after else "references/library.html"
    return render(request, name, context)


@takes_forms
@require_role(Role.MEMBER)
def add(request: MemberRequest) -> HttpResponse:
    """Store every file of `upload` that is an image, and say what is wrong with each of the others.

    With `url` the image at that link instead.
    """
    if "url" in request.POST:
        return _linked(request, str(request.POST["url"]))
    files = request.FILES.getlist("upload")
    kept = 0
    for at, file in enumerate(files[:MOST_AT_ONCE]):
        try:
            reference = reference_library.upload(request.workspace, file, request.user)
        except SlotsBusy:
            left = ", ".join(str(one.name) for one in files[at:MOST_AT_ONCE])
            messages.error(
                request,
                f"Too many images are being read right now. Not added: {left}. Try again in a moment.",
            )
            break
        except Refusal as refusal:
            messages.error(request, f"{file.name}: {refusal.detail}")
        else:
            kept += 1
            _tell(request, reference, file.name)
    if kept:
        messages.success(request, "1 image added." if kept == 1 else f"{kept} images added.")
    if not files:
        messages.error(request, f"No image was received. Choose files: {formats.NAMES}.")
    if len(files) > MOST_AT_ONCE:
        messages.error(request, f"Only the first {MOST_AT_ONCE} files were read. Add the rest separately.")
    return redirect("references")


def _linked(request: MemberRequest, url: str) -> HttpResponse:
    try:
        reference = reference_library.import_link(request.workspace, url, request.user)
    except Refusal as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, "1 image added.")
        _tell(request, reference, reference.name)
    return redirect("references")


def _tell(request: MemberRequest, reference: Reference, name: str | None) -> None:
    if reference.note:
        messages.info(request, f"{name or 'The image'}: {reference.note}")


@takes_forms
@require_role(Role.MEMBER)
def remove(request: MemberRequest, reference_id: str) -> HttpResponse:
    """Remove a reference from the library; images made with it stay, and so does their record of it."""
    key = ids.parse("rfe", reference_id)
    found = request.workspace.references.filter(pk=key, deleted_at=None) if key else None
    reference = found.first() if found is not None else None
    if reference is None:
        raise Http404
    try:
        reference_library.delete(reference)
    except Refusal as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(
            request, f"“{reference.name or 'The reference'}” was deleted. Images made with it stay."
        )
    return redirect("references")
