"""Two images of the workspace, overlaid or side by side, with the differences in how they were made."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from core import ids
from gallery.comparison import Comparison
from gallery.models import Favorite
from generation.studio.cards import Card
from generation.studio.frames import Frame


@require_safe
@require_role(Role.VIEWER)
def compare(request: MemberRequest) -> HttpResponse:
    """Show the images `a` and `b`, and the others of A's run to put in B's place."""
    a, b = _found(request, request.GET.get("a", ""), request.GET.get("b", ""))
    comparison = Comparison(a, b)
    context: dict[str, Any] = {
        "comparison": comparison,
        "pair": (("A", a), ("B", b)),
        "swapped": _address(b, a),
        "film": [(one, _address(a, one)) for one in _filmstrip(a, b)],
    }
    return render(request, "gallery/compare.html", context)


def _found(request: MemberRequest, *public_ids: str) -> list[Frame]:
    """Find the workspace's images of these ids, in their order.

    Raises:
        Http404: one does not exist, or is not theirs.
    """
    keys = [ids.parse("img", one) for one in public_ids]
    starred = Favorite.objects.filter(user=request.user, image=OuterRef("pk"))
    found = (
        request.workspace.images.filter(status="stored", deleted_at=None)
        .select_related("generation__model", "generation__style_version__style")
        .prefetch_related("generation__images")
        .annotate(is_favorite=Exists(starred))
        .in_bulk([key for key in keys if key])
    )
    try:
        return [Frame(image, image.generation) for image in (found[key] for key in keys)]
    except KeyError as error:
        raise Http404 from error


def _filmstrip(a: Frame, b: Frame) -> list[Frame]:
    """List A's run, and B at its end if B is of another one."""
    run = [shot for shot in Card(a.generation).shots if shot.state == "stored"]
    return run if b.image in [shot.image for shot in run] else [*run, b]


def _address(a: Frame, b: Frame) -> str:
    query = urlencode({"a": a.image.public_id, "b": b.image.public_id})
    return f"{reverse('gallery_compare')}?{query}"
