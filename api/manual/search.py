"""What the search of the guides looks through, in the browser: every part of every page, and every operation."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import reverse

from api.manual import changelog, guides, reference
from api.manual.markdown import Article
from api.schema.codes import all_codes


def index() -> list[dict[str, str]]:
    """Return the entries: page, title, address and text of each."""
    return _index(settings.BASE_URL)


@lru_cache(maxsize=8)
def _index(base_url: str) -> list[dict[str, str]]:
    found = _parts(guides.page(guides.INDEX), reverse("guides"))
    for guide in guides.listed():
        found += _parts(guides.page(guide.slug), guide.url)
    errors_url = reverse("guide", args=["errors"])
    found += [
        _entry("Errors", one.code, f"{errors_url}#{one.code}", one.meaning) for one in all_codes().values()
    ]
    found += [
        _entry("API reference", f"{one.verb} {one.path}", one.url, one.description)
        for one in reference.operations().values()
    ]
    found += [
        _entry("Changelog", one.title, f"{reverse('changelog')}#{one.anchor}", one.text)
        for one in changelog.api_entries()
    ]
    return found


def _parts(page: Article, url: str) -> list[dict[str, str]]:
    return [
        _entry(page.title, part.title, f"{url}#{part.anchor}" if part.anchor else url, part.text)
        for part in page.sections
    ]


def _entry(page: str, title: str, url: str, text: str) -> dict[str, Any]:
    return {"page": page, "title": title, "url": url, "text": " ".join(text.split())}
