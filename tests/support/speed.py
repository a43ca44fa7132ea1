"""What tests set differently from production, all of it for speed or for isolation; no safety device is off."""

import math
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings

from core.database import availability
from generation.catalog import cache


@pytest.fixture(scope="session", autouse=True)
def quick_settings() -> Iterator[None]:
    """A cheap password hash, and static files without the manifest that `collectstatic` writes."""
    files = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"], STORAGES=files
    ):
        yield


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test inherit what this process remembers of the one before.

    A database that was away: for 15 seconds nobody would be given up. A catalog whose provider was refusing calls.
    """
    cache.invalidate()
    monkeypatch.setattr(availability._LastOutage, "away_at", -math.inf)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put slow tests first: started last, they would be waited for alone. Tell the scheduler which are of one group.

    pytest-xdist 3.8 writes the group behind a test's id in an attribute that pytest 9.2 no longer reads: without this
    its `loadgroup` heeds no `xdist_group`.
    """
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    for item in items if getattr(config.option, "loadgroup", False) else ():
        group = item.get_closest_marker("xdist_group")
        if group and not item.nodeid.endswith(f"@{group.args[0]}"):
            item._id = item._id.parse(f"{item.nodeid}@{group.args[0]}")
