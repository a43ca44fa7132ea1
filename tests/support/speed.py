"""What tests set differently from production, all of it for speed or for isolation; no safety device is off."""

import math
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings

from accounts import weather


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
def calm_weather(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test inherits a database that was away in the one before: for 15 seconds nobody would be given up."""
    monkeypatch.setattr(weather._Seen, "away_at", -math.inf)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests first: started last, they would be waited for alone."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
