"""Addresses of stored pictures.

Pages use `url`: short, always the same, answered to members of the picture's workspace. Programs get `signed_url`: absolute, good for a
quarter of an hour to whoever has it, so it never goes into logs, mails or webhooks.
"""

import time
from enum import StrEnum

from django.conf import settings
from django.core.signing import Signer
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from accounts import reading
from generation.models import Image, ImageStatus, Reference

LASTS = 900
STEP = 300
"""Ends fall on these steps of seconds, so that an address stays the same for minutes and caches work."""
_signer = Signer(salt="generation.files")


class Variant(StrEnum):
    """Which picture of an image."""

    ORIGINAL = "original"
    MEDIUM = "medium"
    THUMBNAIL = "thumbnail"
    PREVIEW = "preview"


def key_of(item: Image | Reference, variant: Variant) -> str:
    """The storage key of a variant, or nothing where there is none. Where no medium was made, the original is it.

    Whoever asks for a preview that the image has replaced meanwhile is shown the image.
    """
    if isinstance(item, Reference):
        return {Variant.ORIGINAL: item.file, Variant.THUMBNAIL: item.thumbnail}.get(variant, "")
    if variant is Variant.PREVIEW and item.preview:
        return item.preview
    if item.status != ImageStatus.STORED or item.deleted_at:
        return ""
    small = {Variant.THUMBNAIL: item.thumbnail, Variant.PREVIEW: item.thumbnail}
    return {Variant.MEDIUM: item.medium or item.file, **small}.get(variant, item.file)


def url(item: Image | Reference, variant: Variant | str = Variant.ORIGINAL) -> str:
    """The path of a picture for the pages of its own workspace; it never changes and holds no secret.

    A preview's carries its number of the moment, since it is replaced while the image is made.
    """
    path = reverse("file", args=(item.public_id, str(variant)))
    if variant == Variant.PREVIEW and isinstance(item, Image):
        return f"{path}?v={item.preview.rpartition('/')[2].removesuffix('.webp')[:8]}"
    return path


def signed_archive(public_id: str) -> str:
    """The same as `signed_url` for a batch's zip."""
    until = (int(time.time()) + LASTS + STEP - 1) // STEP * STEP
    path = reverse("archive", args=(public_id,))
    return f"{settings.BASE_URL}{path}?until={until}&signature={_signature(public_id, 'zip', until)}"


def signed_url(item: Image | Reference, variant: Variant | str = Variant.ORIGINAL) -> str:
    """An absolute address that works without signing in, for 15 to 20 minutes."""
    until = (int(time.time()) + LASTS + STEP - 1) // STEP * STEP
    path = reverse("file", args=(item.public_id, str(variant)))
    return (
        f"{settings.BASE_URL}{path}?until={until}&signature={_signature(item.public_id, str(variant), until)}"
    )


def is_signed(public_id: str, variant: str, until: str, signature: str) -> bool:
    """Whether `signed_url` made an address of these parts that has not ended."""
    ends = reading.number(until, most=reading.FAR)
    if ends is None or ends < time.time():
        return False
    return constant_time_compare(signature, _signature(public_id, variant, ends))


def _signature(public_id: str, variant: str, until: int) -> str:
    return _signer.signature(f"{public_id} {variant} {until}")
