"""A backup's folder: what is in it, and how it is found."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from config.backups.programs import BackupError

FORMAT: Final = 1
PREFIX: Final = "createio-"
UNFINISHED: Final = ".unfinished"
MANIFEST: Final = "manifest.json"
DUMP: Final = "database.dump"
LIST: Final = "objects.jsonl.gz"
OBJECTS: Final = "objects"
SCHEMA: Final = "public"
"""Where all of ours is; other schemas of a database are somebody else's."""
CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is known of a backup.

    Attributes:
        format: of the folder; a later one may be read by later versions alone.
        version: the product's, which made it.
        made_at: what was committed before is in it; ISO 8601.
        postgresql: the server's major version.
        migrations: what was applied, as `app.name`.
        dump_bytes: the dump's size.
        dump_sha256: its hash.
        list_sha256: the hash of the list of objects.
        objects: how many are listed.
        objects_bytes: their size together.
        has_objects: whether they are in it, too.
    """

    format: int
    version: str
    made_at: str
    postgresql: int
    migrations: list[str]
    dump_bytes: int
    dump_sha256: str
    list_sha256: str
    objects: int
    objects_bytes: int
    has_objects: bool


def read(place: Path) -> tuple[Path, Manifest]:
    """Find the backup in that folder: itself, or the newest of those in it.

    Raises:
        BackupError: there is none, or it can't be read.
    """
    folder = place if (place / MANIFEST).is_file() else next(iter(finished(place)), None)
    if folder is None:
        raise BackupError(f"There is no backup in {place}: no folder with a {MANIFEST}.")
    try:
        told = json.loads((folder / MANIFEST).read_text())
        if told["format"] != FORMAT:
            raise BackupError(
                f"{folder} has format {told['format']}, and this version reads {FORMAT}: restore it with version {told['version']}."
            )
        return folder, Manifest(**told)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{folder / MANIFEST} can't be read: {error}") from error


def finished(place: Path) -> list[Path]:
    """Return the whole backups in a folder, newest first: their names begin with the moment."""
    if not place.is_dir():
        return []
    found = [one for one in place.iterdir() if one.name.startswith(PREFIX) and (one / MANIFEST).is_file()]
    return sorted((one for one in found if not one.name.endswith(UNFINISHED)), reverse=True)


@contextmanager
def fresh(place: Path, now: datetime) -> Iterator[Path]:
    """Make a backup's folder within the block: it has its name only if the block succeeds.

    The folder around it, where it is new, belongs to its owner alone; one that is there stays as it is.

    Raises:
        BackupError: somebody else makes a backup there.
    """
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (place / f"{PREFIX}lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"Another backup is being made in {place}: wait for it.") from None
        for left in place.glob(f"{PREFIX}*{UNFINISHED}"):
            shutil.rmtree(left, ignore_errors=True)
        name = f"{PREFIX}{now:%Y%m%dT%H%M%S.%fZ}"
        folder = place / f"{name}{UNFINISHED}"
        folder.mkdir(mode=0o700)
        try:
            yield folder
            folder.rename(place / name)
            _sync(place)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def prune(place: Path, keep: int, made: Path) -> list[Path]:
    """Delete all backups in a folder but the newest.

    The newest that has the images stays, too, however old it is: lists alone bring none of them back.

    Args:
        place: the folder that holds the backups.
        keep: how many stay, 1 or more.
        made: the one that was made just now, which stays whatever the clock has named it.

    Returns:
        Those that were deleted.
    """
    found = finished(place)
    kept = {*found[:keep], newest_with_objects(place), made}
    old = [one for one in found if one not in kept]
    for one in old:
        # Half of one must not be taken for a backup; what is left of it goes with the next.
        half = one.rename(f"{one}{UNFINISHED}")
        shutil.rmtree(half, ignore_errors=True)
    return old


def newest_with_objects(place: Path) -> Path | None:
    """Find the newest backup that has the images; one that can't be read is passed over."""
    for one in finished(place):
        with suppress(BackupError):
            if read(one)[1].has_objects:
                return one
    return None


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, last of all, and let everything reach the disk."""
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
    for name in (DUMP, LIST, MANIFEST):
        _sync(folder / name)
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: Path) -> str:
    """Return a file's SHA-256, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prove(folder: Path, manifest: Manifest) -> None:
    """Compare the files with what the manifest says of them.

    Raises:
        BackupError: one is missing or damaged; nothing was restored.
    """
    for name, expected in ((DUMP, manifest.dump_sha256), (LIST, manifest.list_sha256)):
        try:
            found = sha256(folder / name)
        except OSError as error:
            raise BackupError(f"{folder / name} can't be read: {error}. Nothing was restored.") from error
        if found != expected:
            raise BackupError(
                f"{folder / name} is damaged: its SHA-256 is not that of the manifest. Nothing was restored; take another backup."
            )
