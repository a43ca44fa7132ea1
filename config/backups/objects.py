"""The bucket in a backup: a line for each object, and the objects themselves where they are wanted.

Both the bucket and the list of the backup before are read by key, side by side: nothing of them is held in memory.
"""

import gzip
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from config.backups.folder import CHUNK, LIST, OBJECTS, sha256
from config.backups.programs import BackupError
from generation.media import storage
from generation.media.storage import ListedObject


class Line(NamedTuple):
    """An object in the list; `sha256` is that of its bytes, where they are in the backup."""

    key: str
    size: int
    etag: str
    sha256: str


@dataclass(slots=True)
class Counted:
    """How many objects, and their size together."""

    objects: int = 0
    bytes: int = 0
    copied: int = 0


def write(folder: Path, before: Path | None, *, with_objects: bool) -> Counted:
    """List the bucket into that folder.

    Args:
        folder: the backup's.
        before: an earlier backup beside it: an object that it holds is shared with it, not fetched again.
        with_objects: whether the objects' bytes are wanted, too.

    Raises:
        BackupError: the storage does not answer.
    """
    counted, earlier = Counted(), _Earlier(before) if with_objects else None
    try:
        with gzip.open(folder / LIST, "wt", encoding="utf-8") as lines:
            for one in storage.listing():
                digest = ""
                if earlier is not None:
                    with suppress(storage.ObjectNotFoundError):
                        digest = earlier.share(one, folder) or _copy(one, folder, counted)
                    if not digest:
                        # Deleted since it was listed.
                        continue
                lines.write(json.dumps(Line(*one, digest)._asdict()) + "\n")
                counted.objects += 1
                counted.bytes += one.size
    except (*storage.TROUBLE, storage.StorageError) as error:
        raise BackupError(f"The images could not be read: {error}. No backup was made.") from error
    return counted


class _Earlier:
    """The backup before, whose list is read along."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lines = lines(folder) if folder else iter(())
        self._line = next(self._lines, None)

    def share(self, one: ListedObject, folder: Path) -> str:
        """Link an object that is the same there; return its hash, or nothing if it has to be fetched."""
        while self._line and self._line.key < one.key:
            self._line = next(self._lines, None)
        line = self._line
        if not (self._folder and line and line.sha256) or (line.key, line.size, line.etag) != tuple(one):
            return ""
        target = _copy_of(folder, one.key)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(self._folder / OBJECTS / one.key, target)
        except OSError:
            return ""
        return line.sha256


def _copy(one: ListedObject, folder: Path, counted: Counted) -> str:
    """Fetch an object, in pieces; return its hash."""
    target = folder / OBJECTS / one.key
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with storage.open_for_reading(one.key) as source, target.open("wb") as kept:
        while piece := source.read(CHUNK):
            digest.update(piece)
            kept.write(piece)
    counted.copied += 1
    return digest.hexdigest()


def lines(folder: Path) -> Iterator[Line]:
    """Read a backup's list.

    Raises:
        BackupError: it is damaged.
    """
    try:
        with gzip.open(folder / LIST, "rt", encoding="utf-8") as listed:
            for text in listed:
                yield Line(**json.loads(text))
    except (OSError, ValueError, TypeError, EOFError) as error:
        raise BackupError(f"{folder / LIST} can't be read: {error}") from error


def damaged(folder: Path) -> Iterator[str]:
    """Compare each object in a backup with its line; yield a sentence for each that differs."""
    for line in lines(folder):
        if fault := _fault(_copy_of(folder, line.key), line):
            yield fault


def put_back(folder: Path, say: Callable[[str], None]) -> Counted:
    """Store each object of a backup that the bucket lacks, or has in another size.

    Raises:
        BackupError: the storage does not answer; what it has got stays, and the same again goes on from there.
    """
    counted, there = Counted(), _There()
    try:
        for line in lines(folder):
            counted.objects += 1
            if there.size(line.key) == line.size:
                continue
            path = _copy_of(folder, line.key)
            if fault := _fault(path, line):
                say(f"Not stored: {fault}")
                continue
            storage.remove(line.key)
            with path.open("rb") as file:
                storage.put_file(line.key, file)
            counted.copied += 1
            counted.bytes += line.size
    except (*storage.TROUBLE, storage.StorageError) as error:
        raise BackupError(
            f"After {counted.copied:,} objects the storage failed: {error}. Run the same again: it goes on from there."
        ) from error
    return counted


def _copy_of(folder: Path, key: str) -> Path:
    """Return the place of an object's copy.

    Raises:
        BackupError: the key leads out of the backup.
    """
    root = (folder / OBJECTS).resolve()
    path = (root / key).resolve()
    if not path.is_relative_to(root) or path == root:
        raise BackupError(f"{folder / LIST} names {key!r}, which lies outside the backup.")
    return path


def _fault(path: Path, line: Line) -> str:
    """Say in a sentence what is wrong with a copy; empty if nothing is."""
    try:
        found = sha256(path)
    except OSError:
        return f"missing in the backup: {line.key}"
    return (
        "" if found == line.sha256 else f"damaged in the backup: {line.key} has other bytes than were stored"
    )


class _There:
    """What the bucket has, read along by key."""

    def __init__(self) -> None:
        self._listing = storage.listing()
        self._one = next(self._listing, None)

    def size(self, key: str) -> int | None:
        """Return an object's size, None if it is not there; keys have to be asked for in order."""
        while self._one and self._one.key < key:
            self._one = next(self._listing, None)
        return self._one.size if self._one and self._one.key == key else None
