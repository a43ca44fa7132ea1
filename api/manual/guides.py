"""The guides: one Markdown file each in docs/api, listed in its README.md, which is their first page.

A file and a line in that list make a page: on the site, as Markdown, in the search and in /llms.txt.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.urls import reverse

from api.manual.markdown import CODE, Article, article
from api.schema.codes import all_codes

FOLDER: Final = Path(settings.ROOT) / "docs" / "api"
INDEX: Final = "README"
EXAMPLE_URL: Final = "https://createio.example"
"""Stands in the files for the address of the installation."""
CODES: Final = "<!-- every code -->"
"""Stands in a file for the table of all codes."""
PLACES: Final = {INDEX: "guides", "changelog": "changelog"}
"""Files that are pages of their own, by the names of their addresses."""
_LISTED: Final = re.compile(r"^### (.+)$|^- \[([^]]+)\]\(([\w-]+)\.md\): (.+)$", re.MULTILINE)
_LINK: Final = re.compile(r"(\]\()([\w-]+)\.md(#[\w-]+)?\)")


@dataclass(frozen=True, slots=True)
class Guide:
    """A page: its place in the list, its title there, and what it is for."""

    slug: str
    title: str
    purpose: str
    group: str

    @property
    def url(self) -> str:
        """Where it is read."""
        return reverse("guide", args=[self.slug])


@cache
def listed() -> tuple[Guide, ...]:
    """Return the guides in the order of the list."""
    found, group = [], ""
    for heading, title, slug, purpose in _LISTED.findall(_file(INDEX)):
        group = heading or group
        if slug:
            found.append(Guide(slug, title, purpose, group))
    return tuple(found)


def grouped() -> dict[str, list[Guide]]:
    """Return the guides by the heading above them in the list."""
    groups: dict[str, list[Guide]] = {}
    for guide in listed():
        groups.setdefault(guide.group, []).append(guide)
    return groups


def find(slug: str) -> Guide | None:
    """Return the guide at this address."""
    return next((one for one in listed() if one.slug == slug), None)


def markdown(slug: str) -> str:
    """Return a page as Markdown with this installation's addresses; `INDEX` is the first page."""
    return _LINK.sub(lambda found: f"{found[1]}{settings.BASE_URL}{_markdown_url(found[2])})", source(slug))


def page(slug: str) -> Article:
    """Return a page; `INDEX` is the first one."""
    return _rendered(slug, settings.BASE_URL)


def source(slug: str) -> str:
    """Return a file's text with this installation's address, and with all codes where it asks for them."""
    return _file(slug).replace(CODES, _codes()).replace(EXAMPLE_URL, settings.BASE_URL)


def on_site(address: str) -> str:
    """Turn a link between files into one between pages."""
    slug, is_file, anchor = address.partition(".md")
    if not is_file or "/" in slug:
        return address
    if slug in PLACES:
        return reverse(PLACES[slug]) + anchor
    return reverse("guide", args=[slug]) + anchor


@lru_cache(maxsize=256)
def _rendered(slug: str, base_url: str) -> Article:
    return article(source(slug), on_site)


def _markdown_url(slug: str) -> str:
    if slug in PLACES:
        return reverse(f"{PLACES[slug]}_markdown")
    return reverse("guide_markdown", args=[slug])


def _codes() -> str:
    rows = (f"| `{one.code}` | {int(one.status)} | {one.meaning} |" for one in all_codes().values())
    return "\n".join([f"| {CODE} | Status | Meaning |", "| --- | --- | --- |", *rows])


@cache
def _file(slug: str) -> str:
    return (FOLDER / f"{slug}.md").read_text()
