from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OWN_RULES = {
    "emails",
    "admin",
    "unfold",
}  # mails need inline styles; operators' pages have their own policy


@pytest.fixture
def plain_static(settings):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


def templates():
    return sorted((ROOT / "templates").rglob("*.html"))


def pages():
    return [path for path in templates() if not OWN_RULES & set(path.relative_to(ROOT / "templates").parts)]


def name_of(path):
    return str(path.relative_to(ROOT / "templates"))
