"""A workspace's library of input images."""

import hashlib
import unicodedata
import uuid
from collections.abc import Collection

from django.core.files.base import File
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from accounts.models import User, Workspace
from core.database.connections import release_connection
from core.safe_http import SECONDS
from generation.errors import FileRefused, FileTooLarge, ReferenceInUse, StorageAway
from generation.media import sanitizing, storage
from generation.media.sanitizing import SanitizedImage
from generation.media.storage import StorageError
from generation.models import Reference, Style
from generation.references import link_import

MAX_REFERENCES = 2000
MAX_BYTES = 5 * 1024**3
"""Limits on what a workspace stores at a time, not counting deleted references (OWASP ASVS 5.0, 5.2.4)."""
MAX_NAME = 120
MAX_MASK = 4 * 1024 * 1024
RETRY_AFTER = 5
"""Seconds after which the storage may be back."""


def upload(
    workspace: Workspace,
    file: File,
    user: User | None = None,
    *,
    is_mask: bool = False,
    of: Reference | None = None,
) -> Reference:
    """Store an image to work from, checked, re-encoded and stripped; uploading it again returns the same reference.

    Args:
        workspace: the owner of the library.
        file: the upload; its name is for people only, its type is detected from its bytes.
        user: the member who uploads it, if a person does.
        is_mask: whether it is a mask, whose transparent pixels mark where the first reference may change.
        of: the image that a mask is for, if already known; both must have the same pixels.

    Returns:
        The reference; its `note` says what of the file was not kept.

    Raises:
        FileTooLarge, FileTypeRefused, FileRefused: each says what is wrong; nothing was stored.
        SlotsBusy: too many images are being decoded right now; nothing was stored.
        StorageAway: the storage takes nothing just now.
    """
    _check_room(workspace)
    made = sanitizing.sanitize(file, workspace.pk, is_mask=is_mask)
    if is_mask:
        _check_mask(made, of)
    digest = hashlib.sha256(made.data).digest()
    same = _same(workspace, digest, is_mask=is_mask)
    kept = same or _keep(workspace, made, digest, _name(file.name or ""), user, is_mask=is_mask)
    kept.note = made.note
    return kept


def import_link(
    workspace: Workspace,
    url: str,
    user: User | None = None,
    *,
    is_mask: bool = False,
    seconds: float = SECONDS,
) -> Reference:
    """Store the image at a link, exactly as if it had been uploaded.

    Args:
        workspace: the owner of the library.
        url: https, to a public host, or a `data:` URL.
        user: the member who gave it, if a person did.
        is_mask: as for `upload`.
        seconds: time limit for the download.

    Raises:
        LinkRefused, LinkFailed, LinkTooLarge, LinksBusy: the link gave no file.
        FileTooLarge, FileTypeRefused, FileRefused: the file is not an image that can be stored.
        SlotsBusy: too many images are being decoded right now; nothing was stored.
    """
    _check_room(workspace)
    file = link_import.read(url, workspace.pk, seconds)
    try:
        return upload(workspace, file, user, is_mask=is_mask)
    except FileRefused as refused:
        if refused.param == "file":
            refused.param = "url"
        raise


def delete(reference: Reference) -> None:
    """Hide a reference; the sweeper deletes its files once nothing under way needs them.

    Raises:
        ReferenceInUse: a style of the workspace sends it with every image.
    """
    users = Style.objects.filter(
        workspace=reference.workspace_id, deleted_at=None, current__references__contains=[reference.pk]
    )
    if name := users.values_list("name", flat=True).first():
        raise ReferenceInUse(f"The style “{name}” uses this image. Remove it from the style first.")
    Reference.objects.filter(pk=reference.pk, deleted_at=None).update(deleted_at=timezone.now())


def _keep(
    workspace: Workspace, made: SanitizedImage, digest: bytes, name: str, user: User | None, *, is_mask: bool
) -> Reference:
    file = storage.new_key(workspace.pk, "references", made.format)
    thumbnail = storage.new_key(workspace.pk, "references", "webp")
    # The storage may take its time.
    release_connection()
    try:
        storage.put_checked(file, made.data)
        storage.put(thumbnail, made.thumbnail)
    except StorageError as fault:
        storage.remove(file, thumbnail)
        raise StorageAway(
            "The image could not be stored right now. Nothing was charged; please upload it again in a moment.",
            param="file",
            retry_after=RETRY_AFTER,
        ) from fault
    try:
        with transaction.atomic():
            # Uploads of a workspace are counted one after another; other references to its row are not
            # blocked.
            Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
            kept = _same(workspace, digest, is_mask=is_mask)
            if kept is None:
                _check_room(workspace, len(made.data))
                kept = Reference.objects.create(
                    workspace=workspace,
                    created_by=user,
                    name=name,
                    file=file,
                    thumbnail=thumbnail,
                    thumbhash=made.thumbhash,
                    format=made.format,
                    width=made.width,
                    height=made.height,
                    size=len(made.data),
                    sha256=digest,
                    is_mask=is_mask,
                )
    except FileRefused:
        storage.remove(file, thumbnail)
        raise
    if kept.file != file:
        storage.remove(file, thumbnail)
    return kept


def _same(workspace: Workspace, digest: bytes, *, is_mask: bool) -> Reference | None:
    return workspace.references.filter(deleted_at=None, sha256=digest, is_mask=is_mask).first()


def _check_room(workspace: Workspace, more: int = 1) -> None:
    kept = workspace.references.filter(deleted_at=None).aggregate(files=Count("pk"), bytes=Sum("size"))
    if kept["files"] >= MAX_REFERENCES:
        raise FileRefused(
            f"This workspace already has {MAX_REFERENCES:,} references; delete some first.", param="file"
        )
    if (kept["bytes"] or 0) + more > MAX_BYTES:
        raise FileRefused(
            f"The references of this workspace already take up {MAX_BYTES // 1024**3} GB; delete some first.",
            param="file",
        )


def _check_mask(made: SanitizedImage, of: Reference | None) -> None:
    if not made.has_alpha:
        raise FileRefused(
            "A mask must have transparent pixels, which mark what to change. Nothing was kept or charged.",
            param="mask",
        )
    if len(made.data) > MAX_MASK:
        raise FileTooLarge("The mask is larger than 4 MB. Nothing was kept.", param="mask")
    if of and (made.width, made.height) != (of.width, of.height):
        raise FileRefused(
            f"The mask has {made.width}x{made.height} pixels, the image {of.width}x{of.height};"
            " they must be the same size. Nothing was kept or charged.",
            param="mask",
        )


def _name(given: str) -> str:
    """Clean a file's name for display: no path, no invisible characters, limited length."""
    last = given.replace("\\", "/").rpartition("/")[2]
    visible = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C")
    return " ".join(visible.split())[:MAX_NAME]


def fetch(workspace: Workspace | uuid.UUID, wanted: Collection[uuid.UUID]) -> dict[uuid.UUID, Reference]:
    """Return the workspace's references among `wanted`, by id; no query if there are none."""
    if not wanted:
        return {}
    return Reference.objects.filter(workspace=workspace, deleted_at=None).in_bulk(wanted)
