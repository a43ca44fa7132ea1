"""A deployment: pages of the old and of the new code find their files at every process."""

import asyncio
import os
import time
from pathlib import Path

import pytest
from django.conf import settings as known
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import RequestFactory

from config.server.static_files import StaticFilesMiddleware
from config.ui import collected

DAY = 86_400.0
OLD, NEW = "only-old.txt", "only-new.txt"


@pytest.fixture
def release(settings, tmp_path):
    """Take the place of another release: sources with one file of its own."""
    settings.STATIC_ROOT = tmp_path / "state" / "static"
    settings.STATIC_ROOT.mkdir(parents=True)
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = known.STORAGES | {
        "staticfiles": {"BACKEND": "config.ui.collected.CollectedStaticFilesStorage"}
    }

    def take(name: str) -> None:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(name)
        settings.STATICFILES_DIRS = [known.ROOT / "static", folder]
        finders.get_finder.cache_clear()
        collected.digest.cache_clear()
        staticfiles_storage._wrapped = collected.CollectedStaticFilesStorage()

    yield take
    finders.get_finder.cache_clear()
    collected.digest.cache_clear()


def get(process: StaticFilesMiddleware, url: str):
    answer = process(RequestFactory().get(url))
    if answer is not None:
        answer.close()
    return answer


def process() -> StaticFilesMiddleware:
    """As a process starts."""
    return StaticFilesMiddleware(lambda request: None)


def age(days: float) -> None:
    """Let all that was collected have been there for so long."""
    for path in Path(known.STATIC_ROOT).rglob("*"):
        at = path.stat().st_mtime - days * DAY
        os.utime(path, (at, at))


def test_old_and_new_code_serve_side_by_side(release, client, db):
    release(OLD)
    assert collected.missing() == "not collected: run manage.py prepare"
    assert client.get("/readyz").status_code == 503
    assert client.get("/readyz").json()["checks"]["static"] == "not collected: run manage.py prepare"
    early = process()  # it started before anything was collected
    collected.collect()
    assert collected.missing() == ""
    assert client.get("/readyz").status_code == 200
    old_process, old_url = process(), staticfiles_storage.url(OLD)
    age(30)

    release(NEW)
    assert collected.missing(), "new code is not ready with the old code's files"
    collected.collect()
    new_process, new_url = process(), staticfiles_storage.url(NEW)
    for serving in (early, old_process, new_process):
        for url in (old_url, new_url):
            answer = get(serving, url)
            assert (answer.status_code, answer["Cache-Control"]) == (
                200,
                "max-age=315360000, public, immutable",
            )
    release(OLD)  # a process of the old code that starts again, meanwhile
    assert (collected.missing(), staticfiles_storage.url(OLD)) == ("", old_url)

    release(NEW)
    age(6)
    collected.collect()
    assert get(process(), old_url)
    age(2)
    collected.collect()
    assert get(old_process, old_url) is None, "a week later it is gone, and no fault"
    assert get(new_process, new_url).status_code == 200
    assert collected.missing() == ""
    assert not list(Path(known.STATIC_ROOT).parent.glob(".collecting*"))


def test_files_of_releases_before_manifests_had_names_stay_as_long(release):
    release(OLD)
    root = Path(known.STATIC_ROOT)
    (root / "staticfiles.json").write_text('{"version": "1.1", "paths": {"a.txt": "a.0123456789ab.txt"}}')
    for name in ("a.0123456789ab.txt", "a.0123456789ab.txt.gz", "b.0123456789ab.txt"):
        (root / name).write_text("a")
    age(30)
    collected.collect()
    assert sorted(path.name for path in root.glob("?.*")) == ["a.0123456789ab.txt", "a.0123456789ab.txt.gz"]


def test_a_file_that_is_gone_is_told(release, client, db):
    release(OLD)
    collected.collect()
    Path(staticfiles_storage.path(staticfiles_storage.stored_name(OLD))).unlink()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["static"]) == (
        503,
        "1 files gone: run manage.py prepare",
    )
    assert answer["Retry-After"]
    collected.collect()
    assert collected.missing() == ""
    assert time.time() - Path(known.STATIC_ROOT, staticfiles_storage.manifest_name).stat().st_mtime < 60


def test_a_file_is_served_whole_under_asgi_without_a_warning(release):
    release(OLD)
    collected.collect()

    async def nobody(request):
        raise AssertionError(request.path)

    async def served() -> bytes:
        answer = await StaticFilesMiddleware(nobody)(RequestFactory().get(staticfiles_storage.url(OLD)))
        body = b"".join([part async for part in answer])
        answer.close()
        return body

    assert asyncio.run(served()) == OLD.encode()
