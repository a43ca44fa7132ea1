"""Reading and writing of storage objects, each under a random key in its workspace's folder."""

import hashlib
import secrets
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from itertools import batched
from typing import IO, Any, NamedTuple

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils import timezone

ROOT = "w"
PREVIEWS = "previews"
PROBES = "health"
TROUBLE = (OSError, BotoCoreError, Boto3Error, ClientError)
"""Exceptions of the file system and of S3."""


MOST_AT_ONCE = 1_000
"""Objects that one call of S3 deletes."""


class StoredObject(NamedTuple):
    """An object: its key, its size in bytes, and when it was written."""

    name: str
    size: int
    modified: datetime


class StorageError(Exception):
    """An object could not be written, or was not read back as it was written."""


class ListedObject(NamedTuple):
    """An object as a listing tells of it; `etag` is S3's own, empty on a disk."""

    key: str
    size: int
    etag: str = ""


class LastAnswer:
    """When this process last had an object stored, by its own clock."""

    at: float = float("-inf")

    @classmethod
    def seconds_ago(cls) -> float:
        """Return the seconds since then."""
        return time.monotonic() - cls.at


class ObjectNotFoundError(StorageError):
    """There is no such object."""


def new_key(workspace: uuid.UUID, folder: str, extension: str) -> str:
    """Return a new key: nothing in it can be guessed or was chosen by a user."""
    return f"{ROOT}/{workspace.hex}/{folder}/{secrets.token_hex(16)}.{extension}"


def new_preview_key() -> str:
    """Return a new key for a partial image, with the hour, so that old ones are deleted by folder."""
    return f"{PREVIEWS}/{timezone.now():%Y%m%d%H}/{secrets.token_hex(16)}.webp"


def put(name: str, data: bytes) -> None:
    """Write an object.

    Raises:
        StorageError: the storage refused, or chose another key.
    """
    try:
        saved = default_storage.save(name, ContentFile(data))
    except TROUBLE as error:
        raise StorageError(f"{type(error).__name__}: {error}") from error
    if saved != name:
        raise StorageError(f"kept as {saved!r} instead of {name!r}")
    LastAnswer.at = time.monotonic()


def probe() -> None:
    """Write a small object, read it again and delete it.

    Raises:
        StorageError: it could not be written, or something else came back.
    """
    name = f"{PROBES}/{secrets.token_hex(16)}"
    put_checked(name, secrets.token_bytes(16))
    remove(name)


def get(name: str) -> bytes:
    """Return an object's bytes.

    Raises:
        ObjectNotFoundError: there is no such object.
        StorageError: the storage can't return it.
    """
    try:
        with default_storage.open(name) as file:
            data: bytes = file.read()
    except FileNotFoundError as error:
        raise ObjectNotFoundError(str(error)) from error
    except TROUBLE as error:
        raise StorageError(f"{type(error).__name__}: {error}") from error
    return data


def names_and_sizes(workspace: uuid.UUID) -> Iterator[tuple[str, int]]:
    """Yield each object of a workspace with its size in bytes, by listing: on S3, a thousand at a time."""
    place = f"{ROOT}/{workspace.hex}"
    if bucket := getattr(default_storage, "bucket", None):
        for item in bucket.objects.filter(Prefix=f"{place}/"):
            yield item.key, item.size
        return
    if not default_storage.exists(place):
        return
    for folder in default_storage.listdir(place)[0]:
        for name in default_storage.listdir(f"{place}/{folder}")[1]:
            length = size(f"{place}/{folder}/{name}")
            if length is not None:
                yield f"{place}/{folder}/{name}", length


def listing() -> Iterator[ListedObject]:
    """Yield every object of every workspace, by key; on S3 a thousand a call."""
    if bucket := getattr(default_storage, "bucket", None):
        for item in bucket.objects.filter(Prefix=f"{ROOT}/"):
            yield ListedObject(item.key, item.size, item.e_tag.strip('"'))
        return
    for workspace in sorted(folders(ROOT)):
        for folder in sorted(folders(f"{ROOT}/{workspace}")):
            place = f"{ROOT}/{workspace}/{folder}"
            for name in sorted(default_storage.listdir(place)[1]):
                length = size(f"{place}/{name}")
                if length is not None:
                    yield ListedObject(f"{place}/{name}", length)


def open_for_reading(name: str) -> IO[bytes]:
    """Open an object, to be read in pieces.

    Raises:
        ObjectNotFoundError: there is no such object.
        StorageError: the storage can't return it.
    """
    try:
        file: IO[bytes] = default_storage.open(name)
    except FileNotFoundError as error:
        raise ObjectNotFoundError(str(error)) from error
    except TROUBLE as error:
        raise StorageError(f"{type(error).__name__}: {error}") from error
    return file


def put_file(name: str, file: IO[bytes]) -> None:
    """Write an object from a file, in pieces.

    Raises:
        StorageError: the storage refused, or chose another key.
    """
    try:
        saved = default_storage.save(name, File(file))
    except TROUBLE as error:
        raise StorageError(f"{type(error).__name__}: {error}") from error
    if saved != name:
        raise StorageError(f"kept as {saved!r} instead of {name!r}")


def folders(place: str) -> list[str]:
    """Return the names of the folders in a place; none if nothing was stored there yet.

    Listed, not looked up: on S3 a folder is no object that could exist.
    """
    try:
        found: list[str] = default_storage.listdir(place)[0]
    except FileNotFoundError:
        return []
    return found


def size(name: str) -> int | None:
    """Return an object's size in bytes, or None if there is no such object."""
    try:
        return int(default_storage.size(name))
    except FileNotFoundError:
        return None
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
            return None
        raise


def put_checked(name: str, data: bytes) -> bytes:
    """Write an object, read it back, and return its SHA-256.

    Raises:
        StorageError: it could not be written, or something else came back.
    """
    put(name, data)
    if get(name) != data:
        raise StorageError("what was read back is not what was written")
    return hashlib.sha256(data).digest()


def presigned_url(name: str, *, content_type: str, disposition: str) -> str:
    """Return the storage's own URL of an object, valid for minutes, with our headers; see `STORAGE_SIGNS`."""
    signing: Any = default_storage
    told = {
        "ResponseCacheControl": "private, no-store",
        "ResponseContentDisposition": disposition,
        "ResponseContentType": content_type,
    }
    return str(signing.url(name, parameters=told))


def objects_under(place: str) -> Iterator[StoredObject]:
    """Yield all objects below a place, folder after folder, without holding them: on S3, a thousand at a time."""
    if bucket := getattr(default_storage, "bucket", None):
        for item in bucket.objects.filter(Prefix=f"{place}/"):
            yield StoredObject(item.key, item.size, item.last_modified)
        return
    inner, names = default_storage.listdir(place) if default_storage.exists(place) else ([], [])
    for name in (f"{place}/{name}" for name in sorted(names)):
        # What is removed meanwhile is none any more.
        with suppress(FileNotFoundError):
            yield StoredObject(name, default_storage.size(name), default_storage.get_modified_time(name))
    for folder in sorted(inner):
        yield from objects_under(f"{place}/{folder}")


def remove_all(names: Iterable[str]) -> set[str]:
    """Delete objects, on S3 a thousand with one call; one that isn't there is no error.

    Returns:
        Those that could not be deleted.
    """
    left: set[str] = set()
    bucket = getattr(default_storage, "bucket", None)
    for some in batched(names, MOST_AT_ONCE, strict=False):
        try:
            if bucket:
                doomed = {"Objects": [{"Key": name} for name in some], "Quiet": True}
                failed = bucket.delete_objects(Delete=doomed).get("Errors", ())
                left.update(error["Key"] for error in failed)
            else:
                for name in some:
                    default_storage.delete(name)
        except TROUBLE:
            left.update(some)
    return left


def remove(*names: str) -> None:
    """Delete objects, best effort: the orphan sweep finds what stays behind."""
    for name in filter(None, names):
        with suppress(*TROUBLE):
            default_storage.delete(name)
