"""Look-up of whether a file was made here."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile

from generation.errors import FileRefused, FileTooLarge
from generation.models import Image, ImageStatus

MAX_BYTES = 50 * 1024 * 1024
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """What anybody who has one of our images is told about it: never whose it is, and never its words.

    `width` and `height` are pixels.
    """

    at: datetime
    model: str
    maker: str
    width: int
    height: int


def parse_digest(typed: str) -> bytes:
    """Parse a SHA-256 that somebody typed: 64 hexadecimal digits, ignoring spaces and case.

    Raises:
        FileRefused: it is not one.
    """
    plain = "".join(typed.split()).lower()
    if not _HASH.fullmatch(plain):
        raise FileRefused(
            "A SHA-256 has 64 digits from 0 to 9 and a to f. Copy all of it, or choose the file itself.",
            param="sha256",
        )
    return bytes.fromhex(plain)


def digest_of(file: UploadedFile) -> bytes:
    """Compute the SHA-256 of a file, and rewind it.

    Raises:
        FileRefused: it is empty.
        FileTooLarge: more than 50 MB.
    """
    if not file.size:
        raise FileRefused("The file is empty. Choose another.", param="file")
    if file.size > MAX_BYTES:
        raise FileTooLarge(
            "The file is larger than 50 MB. It was not read; paste its SHA-256 instead.", param="file"
        )
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.digest()


def find(sha256: bytes) -> ImageRecord | None:
    """Return the image that was made here with exactly these bytes, or None.

    Sandbox images of test tokens do not count: no model made them.
    """
    image = (
        Image.objects.filter(sha256=sha256, status=ImageStatus.STORED, generation__is_test=False)
        .select_related("generation__model__provider")
        .order_by("finished_at")
        .first()
    )
    if image is None:
        return None
    model = image.generation.model
    return ImageRecord(
        at=image.finished_at or image.created_at,
        model=model.label,
        maker=model.provider.name,
        width=image.width or 0,
        height=image.height or 0,
    )
