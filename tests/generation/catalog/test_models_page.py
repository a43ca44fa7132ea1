"""The pages of models say what the catalog says, at the prices of quotes, the same to everybody."""

import re

import pytest
from django.test import Client

from generation.catalog import cache as rows
from generation.models import ImageModel, ModelPrice


def _page(address: str) -> str:
    answer = Client().get(address)
    assert answer.status_code == 200
    assert not answer.cookies
    return answer.content.decode()


def test_the_list_has_what_takes_orders_and_what_ended(catalog: None):
    page = _page("/models")
    assert "GPT Image 2.5 Flare" in page
    assert "GPT Image 1</a>, 23 October 2026" in page
    assert 'href="/models"' in _page("/")


def test_the_list_leaves_out_what_is_switched_off(catalog: None):
    ImageModel.objects.filter(slug="gpt-image-2").update(is_enabled=False)
    rows.invalidate()
    assert "/models/gpt-image-2" + '"' not in _page("/models")


def test_prices_are_quotes(catalog: None):
    ModelPrice.objects.filter(model="gpt-image-2", quality="high").update(credits=37, steps=[38, 39, 74, 75])
    rows.invalidate()
    page = _page("/models/gpt-image-2")
    shown = [int(cell) for cell in re.findall(r'<td class="end">(\d\d)</td>', page)]
    assert shown == [37, 38, 39, 74, 75]  # 1024x1024, 1536x1024, 2048x1152, 2048x2048, 3840x2160


def test_the_end_is_announced_with_its_day(catalog: None):
    ImageModel.objects.filter(slug="gpt-image-2").update(
        deprecated_at="2026-01-01T00:00Z", retired_at="2199-12-01T00:00Z", replacement="gpt-image-2.5-flare"
    )
    rows.invalidate()
    assert "Ends 1 December 2199" in _page("/models")
    page = _page("/models/gpt-image-2")
    assert "Ends 1 December 2199" in page
    assert "/models/gpt-image-2.5-flare" in page


def test_a_retired_model_shows_what_changes(catalog: None):
    ImageModel.objects.filter(slug="gpt-image-2").update(
        retired_at="2026-11-01T00:00Z", replacement="gpt-image-2.5-flare"
    )
    rows.invalidate()
    page = _page("/models/gpt-image-2")
    assert "Retired 1 November 2026" in page
    assert "<h2>What changes" in page
    assert "<h2>What changes" not in _page("/models/gpt-image-1")  # its prices were never ours


def test_everything_ended_still_has_a_page(catalog: None):
    ImageModel.objects.update(retired_at="2026-11-01T00:00Z")
    rows.invalidate()
    assert "No models are available right now." in _page("/models")
    assert "Retired 1 November 2026" in _page("/models/gpt-image-2.5-flare")


@pytest.mark.parametrize("slug", ["gpt-image-1.5", "gpt-image-1-mini", "chatgpt-image-latest"])
def test_where_ours_is_not_its_makers_replacement_the_page_says_why(catalog: None, slug: str):
    words = (
        'OpenAI itself recommends <a href="/models/gpt-image-2.6-flare">GPT Image 2.6 Flare</a>. We name GPT Image 2.5 Flare '
        "because it costs you less: 1 credit instead of 3 for an image at medium."
    )
    assert words in " ".join(_page(f"/models/{slug}").split())
    assert "itself recommends" not in _page("/models/gpt-image-1"), "there ours is OpenAI's own"
    ModelPrice.objects.filter(model="gpt-image-2.5-flare", quality="medium").update(credits=3, steps=[])
    rows.invalidate()
    page = " ".join(_page(f"/models/{slug}").split())
    assert "GPT Image 2.6 Flare</a>.</p>" in page
    assert "costs you less" not in page, "it is said only while it is so"
    ImageModel.objects.filter(slug="gpt-image-2.6-flare").update(is_enabled=False)
    rows.invalidate()
    assert "OpenAI itself recommends GPT Image 2.6 Flare." in " ".join(_page(f"/models/{slug}").split())
