"""Stored images, for those who may see them."""

from http import HTTPStatus

from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.http import require_safe

from accounts.access import public
from accounts.models import Membership, User
from core import ids
from core.database.connections import release_connection
from generation.media import storage, urls
from generation.media.small import on_demand
from generation.media.storage import ObjectNotFoundError, StorageError
from generation.media.urls import Variant
from generation.models import Image, ImageStatus, Reference

FOR_GOOD = "private, max-age=31536000, immutable"
BRIEFLY = "private, max-age=60"
NOT = "private, no-store"
SANDBOX = "sandbox; default-src 'none'"
TYPES = {"png": "image/png", "jpeg": "image/jpeg", "jpg": "image/jpeg", "webp": "image/webp"}
GONE = "There is no such file."
AWAY = "The storage does not answer. Nothing is lost; try again in a moment."


@require_safe
@public
def file(request: HttpRequest, public_id: str, variant: str) -> HttpResponse:
    """Serve an image to members of its workspace, or to anyone with a signed address; others get 404.

    With `download` in the query it is offered as a file. The bytes are served from here wherever they are
    stored, so that no page has to trust another origin, a canvas may read them, and browsers cache them. A small
    version that nobody has asked for before is made now; where that takes too long, the original stands in.
    """
    item = _found(request, public_id, variant)
    stands_in = isinstance(item, Image) and _lacks(item, Variant(variant)) and not on_demand.ensure(item)
    key = urls.key_of(item, Variant(variant)) if item else ""
    if not item or not key:
        return _gone()
    extension = key.rpartition(".")[2]
    disposition = _disposition(request, item, extension)
    # The storage may take its time.
    release_connection()
    cache = NOT if stands_in else BRIEFLY if variant == Variant.PREVIEW else FOR_GOOD
    return _served(key, TYPES[extension], disposition, cache)


def _lacks(image: Image, variant: Variant) -> bool:
    """Tell whether a small version is asked for that was never made."""
    is_small = variant is not Variant.ORIGINAL and not (variant is Variant.PREVIEW and image.preview)
    return is_small and image.status == ImageStatus.STORED and not image.thumbnail


def _gone() -> HttpResponse:
    """Answer with a word, not a page: the request comes from an image element."""
    return HttpResponseNotFound(GONE, content_type="text/plain")


def _found(request: HttpRequest, public_id: str, variant: str) -> Image | Reference | None:
    if variant not in Variant:
        return None
    kind, prefix = (Reference, "rfe") if public_id.startswith("rfe_") else (Image, "img")
    key = ids.parse(prefix, public_id)
    if key is None:
        return None
    found = kind.objects.filter(pk=key, deleted_at=None)
    until, signature = request.GET.get("until", ""), request.GET.get("signature", "")
    if not urls.is_signed(public_id, variant, until, signature):
        if not request.user.is_authenticated:
            return None
        found = found.filter(_member_of(request.user))
    return found.first()


def _member_of(user: User) -> Exists:
    """Select what belongs to a workspace of the user, or to the test world of one."""
    home = Coalesce(OuterRef("workspace__live"), OuterRef("workspace"))
    return Exists(Membership.objects.filter(user=user, workspace=home))


def _disposition(request: HttpRequest, item: Image | Reference, extension: str) -> str:
    how = "attachment" if "download" in request.GET else "inline"
    return f'{how}; filename="{item.public_id}.{extension}"'


def _served(key: str, content_type: str, disposition: str, cache: str) -> HttpResponse:
    """Serve the bytes, with headers that make a browser treat them as an image and nothing else."""
    try:
        data = storage.get(key)
    except ObjectNotFoundError:
        return _gone()
    except StorageError:
        return HttpResponse(
            AWAY,
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            content_type="text/plain",
            headers={"Retry-After": "5", "Cache-Control": "no-store"},
        )
    return HttpResponse(
        data,
        content_type=content_type,
        headers={
            "Content-Disposition": disposition,
            "Content-Security-Policy": SANDBOX,
            "Cross-Origin-Resource-Policy": "same-site",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": cache,
        },
    )
