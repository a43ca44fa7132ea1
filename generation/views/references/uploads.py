"""References: uploaded by the composer, taken from an image made here, or painted as a mask."""

from django.contrib import messages
from django.core.files.base import ContentFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from core import ids
from core.database.connections import release_connection
from core.errors import Refusal
from core.form_targets import takes_forms
from generation.errors import FileRefused, StorageAway
from generation.media import formats, storage
from generation.media.storage import ObjectNotFoundError, StorageError
from generation.models import Image, Reference
from generation.references import library
from generation.studio.chips import Chip


@takes_forms
@require_role(Role.MEMBER)
def refer(request: MemberRequest) -> HttpResponse:
    """Store a file (`upload`), the image at a link (`url`), an image (`image`) or a mask (`mask`, `of` a reference).

    With `paint` the chip opens the mask painter; the response to a mask is the chip of its image. The
    composer gets a chip for its list, or a sentence as plain text; other pages redirect to Studio, where the
    reference is in the composer.
    """
    painted = _reference(request) if "of" in request.POST else None
    try:
        chip = _masked(request, painted) if painted else Chip(_kept(request))
    except Refusal as refusal:
        if request.htmx:
            return HttpResponse(
                refusal.detail,
                status=refusal.status,
                content_type="text/plain; charset=utf-8",
                headers=refusal.headers,
            )
        messages.error(request, refusal.detail)
        return redirect("studio")
    if request.htmx:
        context = {"reference": chip, "number": 1, "paint": painted or "paint" in request.POST}
        return render(request, "studio/composer/reference.html", context)
    return redirect(f"{reverse('studio')}?reference={chip.public_id}")


def _kept(request: MemberRequest) -> Reference:
    if "image" in request.POST:
        image = _image(request)
        # The storage may take its time.
        release_connection()
        try:
            copy = ContentFile(storage.get(image.file), name=f"{image.public_id}.{image.format}")
        except ObjectNotFoundError as fault:
            raise FileRefused(
                "The file of this image is missing. Nothing was kept.", param="image"
            ) from fault
        except StorageError as fault:
            raise StorageAway(
                "The image can't be read right now. Nothing was kept; try again in a moment.",
                param="image",
                retry_after=library.RETRY_AFTER,
            ) from fault
        return library.upload(request.workspace, copy, request.user)
    if "url" in request.POST:
        return library.import_link(request.workspace, str(request.POST["url"]), request.user)
    file = request.FILES.get("upload")
    if file is None:
        raise FileRefused(f"No image was received. Choose a file: {formats.NAMES}.", param="upload")
    return library.upload(request.workspace, file, request.user)


def _masked(request: MemberRequest, reference: Reference) -> Chip:
    file = request.FILES.get("mask")
    if file is None:
        raise FileRefused("No mask was received. Paint what may change.", param="mask")
    mask = library.upload(request.workspace, file, request.user, is_mask=True, of=reference)
    return Chip(reference, mask)


def _reference(request: MemberRequest) -> Reference:
    key = ids.parse("rfe", str(request.POST["of"]))
    found = request.workspace.references.filter(pk=key, is_mask=False, deleted_at=None) if key else None
    reference = found.first() if found is not None else None
    if reference is None:
        raise Http404
    return reference


def _image(request: MemberRequest) -> Image:
    key = ids.parse("img", str(request.POST["image"]))
    found = request.workspace.images.filter(pk=key, status="stored", deleted_at=None) if key else None
    image = found.first() if found is not None else None
    if image is None:
        raise Http404
    return image
