"""The table in docs/pricing.md, line by line."""

import re
from typing import Any

import pytest

from config.environment import ROOT
from generation.catalog.parameters import ImageParameters
from generation.catalog.prices import Price
from generation.errors import ModelUnavailable
from generation.models import ImageModel
from generation.orders.order import Order
from generation.orders.pricing import Quote, quote
from generation.seeds import MODELS

FLARE, NEWEST, KLEIN, PRO, FLEX = (
    "gpt-image-2.5-flare",
    "gpt-image-2.6-flare",
    "flux-2-klein",
    "flux-2-pro",
    "flux-2-flex",
)
SIMPLE = ImageModel(slug="simple", default_quality="")


def prices(slug: str) -> dict[str, Price]:
    entry = next(entry for entry in MODELS if entry.row["slug"] == slug)
    return {
        quality: Price(credits, tuple(steps), **entry.price)
        for quality, (credits, *steps) in entry.prices.items()
    }


def cost(slug: str, *, n: int = 1, references: int = 0, **options: Any) -> int:
    model = ImageModel(slug=slug, default_quality="medium" if slug.startswith("gpt") else "")
    parameters = ImageParameters(**options)
    order = Order("x", slug, n, parameters=parameters, references=(None,) * references)
    return quote(model, order, prices(slug)).credits


EXAMPLES: list[tuple[int, str, dict[str, Any]]] = [
    (1, FLARE, {"size": "1024x1024"}),
    (4, FLARE, {"size": "1024x1024", "n": 4}),
    (6, FLARE, {"quality": "high", "size": "2048x2048"}),
    (2, FLARE, {"size": "2048x1152"}),
    (22, FLARE, {"quality": "max", "size": "2032x2048"}),
    (62, FLARE, {"quality": "max", "size": "3840x2160", "n": 2}),
    (3, NEWEST, {"size": "1024x1024"}),
    (2, FLARE, {"references": 1}),
    (3, FLARE, {"references": 2}),
    (4, FLARE, {"references": 4}),
    (10, FLARE, {"references": 16}),
    (5, PRO, {"size": "1536x1024", "references": 1}),
    (9, FLEX, {"size": "1024x1024", "references": 2}),
    (3, KLEIN, {"size": "1024x1024", "references": 3}),
]


@pytest.mark.parametrize(("credits", "slug", "options"), EXAMPLES)
def test_examples(credits: int, slug: str, options: dict[str, Any]):
    assert cost(slug, **options) == credits


def part(heading: str) -> str:
    return (ROOT / "docs/pricing.md").read_text().partition(f"\n## {heading}")[2].partition("\n## ")[0]


def test_every_example_of_the_document_is_tested_here():
    totals = [int(total) for total in re.findall(r"\| (\d+) \|$", part("Examples"), flags=re.MULTILINE)]
    assert totals == [credits for credits, _, _ in EXAMPLES]


def test_the_table_of_the_document_is_that_of_the_seeds():
    table = [
        [int(cell) for cell in re.findall(r"\d+", row.partition("MP")[2].partition("|")[2])]
        for row in part("Seed table").splitlines()
        if " MP" in row
    ]
    seeded = [
        [by_size[at] for by_size in (price.by_size() for price in prices(slug).values())]
        for slug in (FLARE, NEWEST, "gpt-image-2")
        for at in range(5)
    ]
    assert table == seeded


def test_per_megapixel_and_edits():
    rows = {"": Price(2, per_megapixel=True, edit_surcharge=1)}

    def each(size: str, references: int = 0) -> int:
        return quote(
            SIMPLE,
            Order("x", "m", parameters=ImageParameters(size=size), references=(None,) * references),
            rows,
        ).credits

    assert [each("auto"), each("1024x1024"), each("1040x1024"), each("2048x2048")] == [2, 2, 4, 8]
    assert each("1024x1024", 1) == 3
    assert each("1024x1024", 3) == 4
    assert each("1536x1024", 1) == 5


@pytest.mark.parametrize(
    ("size", "credits"),
    [
        ("auto", 3),
        ("1088x1088", 3),
        ("1104x1104", 4),
        ("1264x1264", 4),
        ("1280x1280", 5),
        ("2048x2048", 9),
        ("3840x2160", 9),
    ],
)
def test_a_size_class_begins_after_the_one_before(size: str, credits: int):
    row = {"": Price(3, (4, 5, 9, 9))}
    assert quote(SIMPLE, Order("x", "m", parameters=ImageParameters(size=size)), row).credits == credits


def test_a_larger_image_never_costs_less():
    assert Price(5, (4, 6, 3, 7)).by_size() == [5, 5, 6, 6, 7]
    assert Price(5).by_size() == [5] * 5
    assert Price(5, (6,)).by_size() == [5, 6, 6, 6, 6]


def test_the_lines_add_up_and_survive_freezing():
    order = Order(
        "x", "m", parameters=ImageParameters(quality="high", size="2048x2048"), references=(None,) * 4, n=3
    )
    made = quote(ImageModel(slug=FLARE), order, prices(FLARE))
    assert [line.label for line in made.lines] == [
        "Image, high quality",
        "Up to 4.2 megapixels",
        "Made from references",
        "3 more references",
    ]
    assert sum(line.credits for line in made.lines) == made.per_image == 9
    assert made.credits == 27
    assert Quote.from_json(made.as_json()) == made


def test_without_a_price_there_is_no_sale():
    with pytest.raises(ModelUnavailable):
        quote(SIMPLE, Order("x", "m"), {})
