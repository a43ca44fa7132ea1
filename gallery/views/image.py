"""One image, large: the lightbox, as a page of its own and inside the gallery's dialog."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from core import ids
from core.database import keyset
from core.form_targets import takes_forms
from gallery import curation, search
from gallery.filters import Filters
from gallery.models import Favorite
from generation.models import Image
from generation.studio.cards import Card
from generation.studio.frames import Frame

MOST_AT_ONCE = 500
LOOKS = {"glass hover": "", "glass hover start": "", "plain": "", "quiet": "."}
"""CSS classes of the star by where it is shown, and its keyboard shortcut there."""


@require_safe
@require_role(Role.VIEWER)
def image(request: MemberRequest, image_id: str) -> HttpResponse:
    """Show the image with prompt, settings and receipt, and its neighbors in the list it was opened from."""
    shown = _found(request, image_id)
    filters = Filters.read(request.GET)
    card = Card(shown.generation, None, "")
    run = [shot for shot in card.shots if shot.state == "stored"]
    context = {
        "shot": Frame(shown, shown.generation),
        "generation": shown.generation,
        "card": card,
        "run": run,
        "number": next((n for n, shot in enumerate(run, start=1) if shot.image == shown), 0),
        "others": card.charged - shown.credits,
        "rival": _rival(run, shown),
        "filters": filters,
        "query": filters.query(),
        "back": f"{reverse('gallery')}{filters.query()}",
        **_neighbours(request, shown.pk, filters),
    }
    return render(request, "gallery/image.html", context)


@takes_forms
@require_role(Role.VIEWER)
def favorite(request: MemberRequest, image_id: str) -> HttpResponse:
    """Star the image, or remove the star: `on` says which, so that repeating it is harmless."""
    shown = _found(request, image_id)
    on = request.POST.get("on") == "1"
    (curation.add_favorite if on else curation.remove_favorite)(shown, request.user)
    if not request.htmx:
        return redirect("gallery_image", image_id)
    look = request.POST.get("look", "")
    look = look if look in LOOKS else "quiet"
    context = {"id": image_id, "favorite": on, "class": look, "key": LOOKS[look]}
    return render(request, "gallery/star.html", context)


@takes_forms
@require_role(Role.MEMBER)
def delete_one(request: MemberRequest, image_id: str) -> HttpResponse:
    """Delete one image from the gallery."""
    shown = _found(request, image_id)
    curation.delete(request.workspace, [shown.pk])
    return _deleted(request, [image_id])


@takes_forms
@require_role(Role.MEMBER)
def delete(request: MemberRequest) -> HttpResponse:
    """Delete the chosen images from the gallery; those already gone are skipped."""
    chosen = request.POST.getlist("image")[:MOST_AT_ONCE]
    curation.delete(request.workspace, [key for one in chosen if (key := ids.parse("img", one))])
    return _deleted(request, chosen)


def _deleted(request: MemberRequest, images: list[str]) -> HttpResponse:
    if not request.htmx:
        return redirect("gallery")
    said = "Deleted." if len(images) == 1 else f"{len(images)} images deleted."
    happened = {"gallery:deleted": {"images": images}, "toast": {"text": said}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(happened)})


def _found(request: MemberRequest, image_id: str) -> Image:
    """Find the workspace's image.

    Raises:
        Http404: it does not exist, or is not theirs.
    """
    key = ids.parse("img", image_id)
    starred = Favorite.objects.filter(user=request.user, image=OuterRef("pk"))
    found = (
        request.workspace.images.filter(pk=key, status="stored", deleted_at=None)
        .select_related("generation__model", "generation__created_by", "generation__style_version__style")
        .prefetch_related("generation__images")
        .annotate(is_favorite=Exists(starred))
        .first()
        if key
        else None
    )
    if found is None:
        raise Http404
    return found


def _rival(run: list[Frame], shown: Image) -> str:
    """Return the id of the next image of the run, to compare with; empty if there is no other."""
    others = [shot.image for shot in run if shot.image != shown]
    after = next((one for one in others if one.index > shown.index), None)
    return (after or others[0]).public_id if others else ""


def _neighbours(request: MemberRequest, key: UUID, filters: Filters) -> dict[str, Any]:
    """Return the addresses of the previous and next images in the list; None at its ends."""
    images = search.images(request.workspace, filters, request.user, request.time_zone).only("pk")
    newer, older = keyset.before(images, 1, key).rows, keyset.page(images, 1, after=key).rows

    def address(found: Sequence[Image]) -> str | None:
        return f"{reverse('gallery_image', args=[found[0].public_id])}{filters.query()}" if found else None

    return {"previous": address(newer), "next": address(older)}
