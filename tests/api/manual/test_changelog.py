"""The changelog: entries of a file about the API, news of models from their rows, and a feed of each."""

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.manual import changelog
from generation.catalog import cache
from generation.models import ImageModel

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
SLUG = "gpt-image-2.5-flare"


@pytest.fixture
def change(catalog):
    """Change a model as an operator does."""

    def make(**values):
        ImageModel.objects.filter(pk=SLUG).update(**values)
        cache.invalidate()

    yield make
    cache.invalidate()


def titles(client, address):
    feed = ET.fromstring(client.get(address).content)
    return [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]


def test_the_version_that_answers_has_an_entry():
    assert any(str(entry.on) == django_settings.API_VERSION for entry in changelog.api_entries())
    assert all(str(entry.on) <= "2027" and entry.text for entry in changelog.api_entries())


def test_the_page_shows_both_newest_first_and_filters(client, catalog):
    everything = client.get("/changelog").content.decode()
    api, models = (client.get(f"/changelog?about={about}").content.decode() for about in ("api", "models"))
    assert "180 days" in everything
    assert 'href="/developers/docs/webhooks"' in everything
    assert django_settings.API_VERSION in everything
    for page, words in ((everything, True), (api, True), (models, False)):
        assert ("From a page in a browser" in page) is words
    assert "Ended: " in models
    assert "Ended: " not in api
    days = [entry.on for entry in changelog.entries()]
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize("address", ["/changelog.atom", "/changelog/models.atom"])
def test_a_feed_is_atom_with_ids_of_its_own(client, catalog, address):
    answer = client.get(address)
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(answer.content)
    entries = list(feed.iter(f"{ATOM}entry"))
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(ids) == len(set(ids)) > 0
    assert feed.findtext(f"{ATOM}updated")
    for entry in entries:
        assert entry.findtext(f"{ATOM}title")
        assert entry.find(f"{ATOM}link").get("href").startswith(django_settings.BASE_URL)
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert feed.findtext(f"{ATOM}id") == links["alternate"]
    assert links["alternate"].endswith("?about=models") == ("models" in address)
    assert links["self"] == f"{django_settings.BASE_URL}{address}"


def test_an_announced_end_is_news_with_what_to_use_instead(client, change):
    now = timezone.now()
    assert "Ending: GPT Image 2.5 Flare" not in " ".join(titles(client, "/changelog/models.atom"))
    change(
        deprecated_at=now - timedelta(days=1),
        retired_at=now + timedelta(days=90),
        replacement="gpt-image-2.6-flare",
    )
    day = f"{now + timedelta(days=90):%-d %B %Y}"
    assert f"Ending: GPT Image 2.5 Flare, on {day}" in titles(client, "/changelog/models.atom")
    assert "Use gpt-image-2.6-flare instead." in client.get("/changelog/models.atom").content.decode()


def test_a_model_that_ended_is_news_and_what_is_to_come_is_none(client, change):
    now = timezone.now()
    change(retired_at=now - timedelta(minutes=1))
    assert titles(client, "/changelog/models.atom")[0] == "Ended: GPT Image 2.5 Flare"
    change(retired_at=None, available_from=now + timedelta(days=3))
    assert not [title for title in titles(client, "/changelog/models.atom") if "2.5 Flare" in title]


def test_a_model_that_operators_switched_off_is_no_news(client, change):
    assert "New: GPT Image 2.5 Flare" in titles(client, "/changelog/models.atom")
    change(is_enabled=False)
    assert not [title for title in titles(client, "/changelog/models.atom") if "2.5 Flare" in title]


def test_the_news_of_models_cost_no_query_each(client, catalog, django_assert_num_queries):
    with CaptureQueriesContext(connection) as reading:
        cache.load()
    with django_assert_num_queries(len(reading)):
        client.get("/changelog")
