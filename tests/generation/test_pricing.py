"""The table in docs/pricing.md, line by line."""

import re

import pytest

from config.environment import ROOT
from generation.errors import ModelUnavailable
from generation.models import ImageModel
from generation.order import Order
from generation.pricing import Price, Quote, free, quote

FLARE = ImageModel(slug="gpt-image-2.5-flare", default_quality="medium")
SIMPLE = ImageModel(slug="flux-schnell", default_quality="")
PRICES = {
    name: Price(credits)
    for name, credits in {"low": 1, "medium": 1, "high": 3, "xhigh": 5, "max": 11}.items()
}


def flare(quality: str = "auto", size: str = "auto", references: int = 0, n: int = 1) -> int:
    order = Order(prompt="x", model="m", quality=quality, size=size, references=(None,) * references, n=n)
    return quote(FLARE, order, PRICES).credits


@pytest.mark.parametrize(
    ("credits", "options"),
    [
        (1, {"size": "1024x1024"}),
        (4, {"size": "1024x1024", "n": 4}),
        (6, {"quality": "high", "size": "2048x2048"}),
        (1, {"size": "2048x1152"}),
        (44, {"quality": "max", "size": "3840x2160", "n": 2}),
        (1, {"references": 1}),
        (2, {"references": 2}),
        (2, {"references": 3}),
        (3, {"references": 4}),
        (9, {"references": 16}),
    ],
)
def test_examples(credits: int, options: dict):
    assert flare(**options) == credits


def test_every_example_of_the_document_is_tested_here():
    examples = (ROOT / "docs/pricing.md").read_text().partition("## Examples")[2].partition("\n## ")[0]
    totals = [int(total) for total in re.findall(r"\| (\d+) \|$", examples, flags=re.MULTILINE)]
    assert totals == [1, 4, 6, 1, 44, 1, 2, 3, 9, 5]


def test_per_megapixel_and_edits():
    prices = {"": Price(2, per_megapixel=True, edit_surcharge=1)}

    def cost(size: str, references: int = 0) -> int:
        return quote(SIMPLE, Order("x", "m", size=size, references=(None,) * references), prices).credits

    assert [cost("auto"), cost("1024x1024"), cost("1040x1024"), cost("2048x2048")] == [2, 2, 4, 8]
    assert cost("1024x1024", 1) == 3
    assert cost("1024x1024", 3) == 4
    assert cost("1536x1024", 1) == 5


def test_the_lines_add_up_and_survive_freezing():
    made = quote(
        FLARE, Order("x", "m", quality="high", size="2048x2048", references=(None,) * 4, n=3), PRICES
    )
    assert sum(line.credits for line in made.lines) == made.per_image == 8
    assert made.credits == 24
    assert Quote.from_json(made.as_json()) == made
    assert free(made).credits == 0


def test_without_a_price_there_is_no_sale():
    with pytest.raises(ModelUnavailable):
        quote(SIMPLE, Order("x", "m"), {})
