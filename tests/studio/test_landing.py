"""The front page and the models' pages say what the catalog and the packs say."""

from django.test import Client

from billing.models import CreditPack
from generation.catalog import cache as rows
from generation.models import ImageModel, ModelPrice


def test_the_front_page_shows_living_prices(catalog):
    page = Client().get("/").content.decode()
    assert "Start with 5 free credits" in page
    assert "400 credits are $10.00" in page
    ModelPrice.objects.filter(model="gpt-image-2.5-flare", quality="high").update(credits=7)
    CreditPack.objects.filter(slug="starter").update(amount=900)
    rows.invalidate()
    page = Client().get("/").content.decode()
    assert "7</dt><dd>28</dd>" in page
    assert "21 credits" in page
    assert "400 credits are $9.00" in page


def test_it_stands_without_a_catalog(db):
    rows.invalidate()
    answer = Client().get("/")
    assert answer.status_code == 200


def test_members_are_taken_to_the_studio(studio):
    page = studio.get("/").content.decode()
    assert "Open Studio" in page
    assert "Start with" not in page


def test_language_models_are_told_the_same(catalog):
    answer = Client().get("/llms.txt")
    text = answer.content.decode()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert text.startswith("# CreateIO\n")
    assert "gpt-image-2.5-flare" in text
    assert "gpt-image-1: retired on 23 October 2026; use gpt-image-2.5-flare." in text
    assert "Starter: 400 credits for $10.00" in text


def test_a_model_has_a_page_with_its_prices(catalog):
    page = Client().get("/models/gpt-image-2").content.decode()
    assert "GPT Image 2" in page
    assert "1536 \N{MULTIPLICATION SIGN} 1024" in page
    assert "No transparent background" in page


def test_a_retired_model_names_what_replaces_it(catalog):
    page = Client().get("/models/gpt-image-1").content.decode()
    assert "Retired 23 October 2026" in page
    assert "/models/gpt-image-2.5-flare" in page


def test_unknown_and_switched_off_models_are_not_there(catalog):
    ImageModel.objects.filter(slug="gpt-image-2").update(is_enabled=False)
    rows.invalidate()
    assert Client().get("/models/gpt-image-2").status_code == 404
    assert Client().get("/models/no-such").status_code == 404
