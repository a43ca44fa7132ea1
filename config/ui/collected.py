"""The collected static files: those of this code beside those of the code that still serves.

Each state of the sources has a manifest of its own, whose name carries a digest of their content, so that a process
finds the files of its own code whatever was collected after it started. Names of collected files carry a hash of their
content, so files of many releases live side by side. They are made in a folder beside and moved in one by one, the
manifest last: at no moment does a file lack that a process refers to. What a release leaves behind is removed a week
after the next one has come.
"""

import hashlib
import inspect
import json
import os
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.management.commands.collectstatic import Command as CollectStatic
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

from config.ui.stylesheets import BundlingStaticFilesStorage

PATTERN: Final = "staticfiles*.json"
KEPT_SECONDS: Final = 7 * 86_400.0
"""How long the files of a release stay once another one has been prepared."""
YOUNG_SECONDS: Final = 86_400.0
"""Another preparation may be about to name a file that is no older."""
COMPRESSED: Final = ("", ".gz", ".br")


class CollectedStaticFilesStorage(BundlingStaticFilesStorage):
    """The product's static files, by the manifest of this code."""

    hashed_files: dict[str, str]

    @property
    def manifest_name(self) -> str:
        """The name of the manifest that belongs to this code."""
        return f"staticfiles.{digest()}.json"

    def stored_name(self, name: str) -> str:
        """Return the name under which a file was collected."""
        self.find_manifest()
        stored: str = super().stored_name(name)
        return stored

    def find_manifest(self) -> bool:
        """Load the manifest if it was not there yet; return whether it is."""
        if not self.hashed_files:
            self.hashed_files, self.manifest_hash = self.load_manifest()
        return bool(self.hashed_files)


@cache
def digest() -> str:
    """Return a digest of all sources and of how they are joined; it takes a tenth of a second, once."""
    found = hashlib.sha256(Path(inspect.getfile(BundlingStaticFilesStorage)).read_bytes())
    ignored: list[str] = getattr(apps.get_app_config("staticfiles"), "ignore_patterns", [])
    files = {path: storage for finder in get_finders() for path, storage in finder.list(ignored)}
    for path in sorted(files):
        with files[path].open(path) as file:
            found.update(f"{path} {file.size}\n".encode() + file.read())
    return found.hexdigest()[:16]


def collect() -> None:
    """Collect this code's files beside those of others, unless that was done; then remove what nobody uses any more."""
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    manifest = root / f"staticfiles.{digest()}.json"
    if _gone(CollectedStaticFilesStorage()):
        with tempfile.TemporaryDirectory(prefix=".collecting-", dir=root.parent) as folder:
            command = CollectStatic()
            command.storage = CollectedStaticFilesStorage(location=folder)
            call_command(command, interactive=False, verbosity=0)
            _move(Path(folder), root, last=manifest.name)
    # The release that was prepared last is the one that is about to serve, since the first time of that.
    if _latest_first(root)[0] != manifest:
        os.utime(manifest)
    _remove_unused(root)


def missing() -> str:
    """Say which of this code's files are not there; nothing if all are, or if none need be."""
    if settings.DEBUG or not isinstance(staticfiles_storage, CollectedStaticFilesStorage):
        return ""
    return _gone(staticfiles_storage)


def _gone(storage: CollectedStaticFilesStorage) -> str:
    if not storage.find_manifest():
        return "not collected: run manage.py prepare"
    gone = sum(not Path(storage.path(name)).exists() for name in set(storage.hashed_files.values()))
    return f"{gone} files gone: run manage.py prepare" if gone else ""


def _move(source: Path, target: Path, last: str) -> None:
    """Move all files, each at once, and the one that refers to them last."""
    names = sorted(
        (path.relative_to(source) for path in source.rglob("*") if path.is_file()),
        key=lambda name: str(name) == last,
    )
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).replace(target / name)


def _remove_unused(root: Path) -> None:
    """Remove files and manifests that no release of the last week uses."""
    used = {name for manifest in _kept(root) for name in _names(manifest)}
    now = time.time()
    for path in list(root.rglob("*")):
        if (
            path.is_file()
            and str(path.relative_to(root)) not in used
            and now - path.stat().st_mtime > YOUNG_SECONDS
        ):
            path.unlink(missing_ok=True)


def _kept(root: Path) -> Iterator[Path]:
    """Yield the manifests of the release that was prepared last, and of those that were followed within the week."""
    followed_at = float("inf")
    for manifest in _latest_first(root):
        if time.time() - followed_at > KEPT_SECONDS:
            return
        yield manifest
        followed_at = manifest.stat().st_mtime


def _latest_first(root: Path) -> list[Path]:
    return sorted(root.glob(PATTERN), key=lambda path: path.stat().st_mtime, reverse=True)


def _names(manifest: Path) -> Iterator[str]:
    yield manifest.name
    for name in json.loads(manifest.read_text()).get("paths", {}).values():
        yield from (f"{name}{end}" for end in COMPRESSED)
