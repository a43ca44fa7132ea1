"""What changed for partners: entries about the API from docs/api/changelog.md, those about models from their rows."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils import feedgenerator
from django.utils.html import format_html
from django.utils.safestring import SafeString

from api.manual import guides
from api.manual.markdown import Article, article, slug
from generation.catalog import cache as catalog
from generation.catalog import news

FILE: Final = "changelog"
API, MODELS = "api", "models"
_ENTRY: Final = re.compile(r"^## ([0-9]{4}-[0-9]{2}-[0-9]{2}): (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that changed.

    Attributes:
        about: `API` or `MODELS`.
        on: the day.
        title: what, in a few words.
        html: the rest.
        text: the rest without its marks.
        anchor: its name on the page.
        url: where one reads more; empty: on the page itself.
    """

    about: str
    on: date
    title: str
    html: SafeString
    text: str
    anchor: str
    url: str = ""


@cache
def _parts() -> tuple[str, ...]:
    return tuple(_ENTRY.split(guides.source(FILE)))


def introduction() -> Article:
    """Return what stands above the entries: versions, and what is promised about them."""
    return article(_parts()[0], guides.on_site)


@cache
def api_entries() -> tuple[Entry, ...]:
    """Return the entries of the file, newest first."""
    found = []
    for day, title, text in zip(*[iter(_parts()[1:])] * 3, strict=True):
        made = article(f"# {title}\n{text}", guides.on_site)
        body = SafeString(made.html.partition("</h1>\n")[2].replace('<p class="lead">', "<p>", 1))
        words = " ".join(part.text for part in made.sections)
        found.append(
            Entry(API, date.fromisoformat(day), made.title, body, words, f"{day}-{slug(made.title)}")
        )
    return tuple(sorted(found, key=lambda one: one.on, reverse=True))


def model_entries() -> list[Entry]:
    """Return the news of models, newest first."""
    return [
        Entry(
            MODELS,
            one.at.date(),
            one.title,
            format_html("<p>{}</p>", one.sentence),
            one.sentence,
            f"{one.model.slug}-{one.kind}",
            reverse("model", args=[one.model.slug]),
        )
        for one in news.all_news(catalog.load())
    ]


def entries(about: str = "") -> list[Entry]:
    """Return all entries, or those about one thing, newest first."""
    found = [*(api_entries() if about != MODELS else ()), *(model_entries() if about != API else ())]
    return sorted(found, key=lambda one: one.on, reverse=True)


def feed(about: str, url: str) -> str:
    """Return the entries about one thing as an Atom feed (RFC 4287).

    Args:
        about: `API` or `MODELS`.
        url: the feed's own path.
    """
    page = f"{settings.BASE_URL}{reverse('changelog')}"
    made = feedgenerator.Atom1Feed(
        title=f"{settings.SITE_NAME}: {'the API' if about == API else 'models'}",
        # It is the feed's id, too.
        link=f"{page}?about={about}",
        description="",
        feed_url=f"{settings.BASE_URL}{url}",
        author_name=settings.SITE_NAME,
        language="en",
    )
    for one in entries(about):
        at = datetime(one.on.year, one.on.month, one.on.day, tzinfo=UTC)
        made.add_item(
            title=one.title,
            link=f"{settings.BASE_URL}{one.url}" if one.url else f"{page}#{one.anchor}",
            description=one.html,
            unique_id=f"{page}#{one.anchor}",
            pubdate=at,
            updateddate=at,
        )
    text: str = made.writeString("utf-8")
    return text
