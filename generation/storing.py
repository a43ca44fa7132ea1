"""Bytes to storage and back, each object under a random key in its workspace's folder."""

import hashlib
import secrets
import uuid
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

ROOT = "w"
PREVIEWS = "previews"
TROUBLE = (OSError, BotoCoreError, Boto3Error, ClientError)
"""How storages fail: the file system's and S3's ways."""


class StorageFault(Exception):  # noqa: N818 -- the contract's word
    """An object could not be written, or not be read back as it was written."""


class NotStored(StorageFault):
    """There is no such object."""


def key(workspace: uuid.UUID, folder: str, extension: str) -> str:
    """A new key: nothing in it can be guessed or was chosen by a user."""
    return f"{ROOT}/{workspace.hex}/{folder}/{secrets.token_hex(16)}.{extension}"


def preview_key() -> str:
    """A new key for a partial picture: by the hour, so that old ones go by the folder."""
    return f"{PREVIEWS}/{timezone.now():%Y%m%d%H}/{secrets.token_hex(16)}.webp"


def put(name: str, data: bytes) -> None:
    """Write an object.

    Raises:
        StorageFault: the storage would not, or chose another key.
    """
    try:
        saved = default_storage.save(name, ContentFile(data))
    except TROUBLE as error:
        raise StorageFault(f"{type(error).__name__}: {error}") from error
    if saved != name:
        raise StorageFault(f"kept as {saved!r} instead of {name!r}")


def get(name: str) -> bytes:
    """An object's bytes.

    Raises:
        NotStored: there are none.
        StorageFault: the storage can't give them.
    """
    try:
        with default_storage.open(name) as file:
            data: bytes = file.read()
    except FileNotFoundError as error:
        raise NotStored(str(error)) from error
    except TROUBLE as error:
        raise StorageFault(f"{type(error).__name__}: {error}") from error
    return data


def sizes(workspace: uuid.UUID) -> dict[str, int]:
    """Every object of a workspace with its bytes: by listing, a thousand at a time where the storage is S3."""
    place = f"{ROOT}/{workspace.hex}"
    if bucket := getattr(default_storage, "bucket", None):
        listed = bucket.objects.filter(Prefix=f"{place}/")
        return {item.key: item.size for item in listed}
    if not default_storage.exists(place):
        return {}
    names = (
        f"{place}/{folder}/{name}"
        for folder in default_storage.listdir(place)[0]
        for name in default_storage.listdir(f"{place}/{folder}")[1]
    )
    found = ((name, size(name)) for name in names)
    return {name: length for name, length in found if length is not None}


def folders(place: str) -> list[str]:
    """The names of the folders in a place; none where nothing was stored there yet.

    Listed, not asked for: on S3 a folder is no object that could exist.
    """
    try:
        found: list[str] = default_storage.listdir(place)[0]
    except FileNotFoundError:
        return []
    return found


def size(name: str) -> int | None:
    """An object's bytes, or None where there is none."""
    try:
        return int(default_storage.size(name))
    except FileNotFoundError:
        return None
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
            return None
        raise


def put_checked(name: str, data: bytes) -> bytes:
    """Write an object, read it back, and return its sha256.

    Raises:
        StorageFault: it could not be written, or what came back is something else.
    """
    put(name, data)
    if get(name) != data:
        raise StorageFault("what was read back is not what was written")
    return hashlib.sha256(data).digest()


def signed_address(name: str, *, content_type: str, disposition: str) -> str:
    """The storage's own address of an object, for minutes, with the headers that we decide; see `STORAGE_SIGNS`."""
    signing: Any = default_storage
    told = {"ResponseContentDisposition": disposition, "ResponseContentType": content_type}
    return str(signing.url(name, parameters=told))


def remove(*names: str) -> None:
    """Delete objects, best effort: what stays behind is found by the orphan sweep."""
    for name in filter(None, names):
        with suppress(*TROUBLE):
            default_storage.delete(name)
