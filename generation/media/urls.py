"""URLs of stored images.

Pages use `url`: short, always the same, served to members of the image's workspace. Programs get `signed_url`:
absolute, valid for a quarter of an hour for whoever has it, so it never goes into logs or mails, and into a webhook when that is sent, to whoever may have it.
"""

import time
from enum import StrEnum

from django.conf import settings
from django.core.signing import Signer
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from core.inputs import parsing
from generation.models import Image, ImageStatus, Reference

LIFETIME = 900
STEP = 300
"""Expiry times are multiples of so many seconds, so that a URL stays the same for minutes and caches work."""
_signer = Signer(salt="generation.files")


class Variant(StrEnum):
    """The file of an image that is asked for."""

    ORIGINAL = "original"
    MEDIUM = "medium"
    THUMBNAIL = "thumbnail"
    PREVIEW = "preview"


def key_of(item: Image | Reference, variant: Variant) -> str:
    """Return the storage key of a variant, or nothing if there is none.

    The original stands in for small versions that were not made, and the image for a preview that it has replaced meanwhile.
    """
    if isinstance(item, Reference):
        return {Variant.ORIGINAL: item.file, Variant.THUMBNAIL: item.thumbnail}.get(variant, "")
    if variant is Variant.PREVIEW and item.preview:
        return item.preview
    if item.status != ImageStatus.STORED or item.deleted_at:
        return ""
    small = {Variant.MEDIUM: item.medium, Variant.THUMBNAIL: item.thumbnail, Variant.PREVIEW: item.thumbnail}
    return small.get(variant) or item.file


def url(item: Image | Reference, variant: Variant | str = Variant.ORIGINAL) -> str:
    """Return an image's path for pages of its own workspace; it never changes and holds no secret.

    A preview's path carries its current version, since a preview is replaced while the image is made.
    """
    path = reverse("file", args=(item.public_id, str(variant)))
    if variant == Variant.PREVIEW and isinstance(item, Image):
        return f"{path}?v={item.preview.rpartition('/')[2].removesuffix('.webp')[:8]}"
    return path


def signed_archive_url(public_id: str) -> str:
    """Return the signed URL of a batch's zip, as `signed_url` does for an image."""
    until = (int(time.time()) + LIFETIME + STEP - 1) // STEP * STEP
    path = reverse("archive", args=(public_id,))
    return f"{settings.BASE_URL}{path}?until={until}&signature={_signature(public_id, 'zip', until)}"


def signed_url(item: Image | Reference, variant: Variant | str = Variant.ORIGINAL) -> str:
    """Return an absolute URL that works without signing in, for 15 to 20 minutes."""
    until = (int(time.time()) + LIFETIME + STEP - 1) // STEP * STEP
    path = reverse("file", args=(item.public_id, str(variant)))
    return (
        f"{settings.BASE_URL}{path}?until={until}&signature={_signature(item.public_id, str(variant), until)}"
    )


def is_signed(public_id: str, variant: str, until: str, signature: str) -> bool:
    """Return whether `signed_url` made a URL of these parts that has not expired."""
    ends = parsing.number(until, most=parsing.FAR)
    if ends is None or ends < time.time():
        return False
    return constant_time_compare(signature, _signature(public_id, variant, ends))


def _signature(public_id: str, variant: str, until: int) -> str:
    return _signer.signature(f"{public_id} {variant} {until}")
