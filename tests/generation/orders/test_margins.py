"""No price of a new installation sells an image below its cost: at any size, with any number of references."""

import random
from collections.abc import Callable
from fractions import Fraction

import pytest

from generation.catalog import cache as rows
from generation.catalog import sizes
from generation.catalog.parameters import ImageParameters
from generation.catalog.provider_costs import Costs, ExpectedCostRates
from generation.catalog.sizes import Size
from generation.errors import InvalidOrder
from generation.models import Attempt, Generation, Outcome
from generation.models.size_class import CLASSES
from generation.orders import margins, pricing
from generation.orders.order import Order
from generation.seeds import MODELS
from sandbox.openai.catalog import MODELS as UPSTREAM
from tests.support.twins import OpenAITwin

SOLD = [(entry.row["slug"], quality) for entry in MODELS for quality in entry.prices]
GPT = [(slug, quality) for slug, quality in SOLD if quality]
REFERENCE, WORDS = 1_536 * 8, 100 * 5


@pytest.mark.parametrize(("slug", "quality"), SOLD, ids="-".join)
def test_every_size_class_and_number_of_references_brings_in_its_cost(catalog: None, slug: str, quality: str):
    known = rows.load()
    model = known.models[slug]
    price = known.prices_of(model, known.default_tier)[quality]
    sold = list(margins.sales(known, model, quality, price))
    assert len(sold) == len(CLASSES) * (model.max_references + 1)
    assert all(one.cost for one in sold)
    assert [one for one in sold if one.is_below_cost] == []


def own_sizes() -> list[Size]:
    """Sizes that can be ordered: those that cost most of their kind, those at the edges of classes, and some others."""
    chosen = random.Random(1)
    squares = [Size(edge, edge) for edge in range(816, 2881, 16)]
    wide = [Size(chosen.randrange(64, 241) * 16, chosen.randrange(32, 181) * 16) for _ in range(3_000)]
    listed = [size for entry in MODELS for text in entry.row["sizes"] if (size := sizes.parse(text))]
    return [
        size for size in {*squares, *wide, *listed, Size(2032, 2048), Size(2880, 2880)} if _can_be_had(size)
    ]


def _can_be_had(size: Size) -> bool:
    try:
        sizes.check_custom(size)
    except InvalidOrder:
        return False
    return True


@pytest.mark.parametrize(("slug", "quality"), GPT, ids="-".join)
def test_whatever_its_shape(catalog: None, slug: str, quality: str):
    """Counted as OpenAI's calculator counts, not as the table of expected costs has it."""
    known = rows.load()
    model = known.models[slug]
    prices = known.prices_of(model, known.default_tier)
    for size in own_sizes():
        for count in (0, 1, 2, 3, 15, 16):
            order = Order(
                "x",
                slug,
                parameters=ImageParameters(size=str(size), quality=quality),
                references=(None,) * count,
            )
            credits = pricing.quote(model, order, prices).credits
            cost = UPSTREAM[slug].output_tokens(quality, *size, 0) * 30 + WORDS + count * REFERENCE
            assert credits * margins.NET >= cost, (size, count)
            assert known.costs.at_most(slug, quality, size.pixels, count) >= cost, (size, count)


def test_a_megapixel_is_fal_s(catalog: None):
    assert [
        sizes.megapixels(width * height)
        for width, height in ((1024, 1024), (1920, 1080), (2048, 2048), (64, 64))
    ] == [
        1,
        2,
        4,
        1,
    ]


@pytest.mark.parametrize(
    ("size", "credits"),
    [("1024x1024", 11), ("1536x1024", 11), ("2048x1152", 14), ("2032x2048", 22), ("2048x2048", 22)],
)
def test_just_below_a_usual_size_is_no_cheaper(catalog: None, size: str, credits: int):
    known = rows.load()
    model = known.default()
    order = Order("x", model.slug, parameters=ImageParameters(size=size, quality="max"))
    assert pricing.quote(model, order, known.prices_of(model, known.default_tier)).credits == credits


def test_an_image_of_the_default_model_costs_one_credit(catalog: None):
    known = rows.load()
    model = known.default()
    order = Order("x", model.slug, parameters=ImageParameters(size="1024x1024"))
    assert pricing.quote(model, order, known.prices_of(model, known.default_tier)).credits == 1


@pytest.mark.parametrize(
    ("model", "quality", "credits"),
    [("gpt-image-2.6-flare", "low", 2), ("gpt-image-2.6-sunburst", "medium", 3)],
)
def test_what_the_newest_models_cost_is_booked_and_paid_for(
    make: Callable[..., Generation], model: str, quality: str, credits: int
):
    generation = make(model=model, quality=quality)
    attempt = Attempt.objects.get(image__generation=generation)
    assert generation.charged == credits
    assert attempt.cost > 4 * 6_000 if quality == "low" else attempt.cost > 4 * 13_000
    assert Fraction(attempt.cost) <= generation.charged * margins.NET


def test_where_the_provider_is_silent_the_most_is_booked_by_size_and_references(
    make: Callable[..., Generation], openai: OpenAITwin, catalog: None
):
    openai.script("reset", times=2)
    make(quality="high", size="2048x2048")
    lost = Attempt.objects.filter(outcome=Outcome.UNKNOWN)
    assert {attempt.cost for attempt in lost} == {
        rows.load().costs.at_most("gpt-image-2.5-flare", "high", 2048 * 2048)
    }
    assert lost.first().cost > 100_000


def test_a_model_with_one_expected_cost_has_it_at_every_size():
    costs = Costs({}, {("m", ""): {CLASSES[0]: ExpectedCostRates(7, reference=1)}})
    assert costs.at_most("m", "", 8_000_000, 3) == 10
    assert costs.at_most("other", "") == 0
