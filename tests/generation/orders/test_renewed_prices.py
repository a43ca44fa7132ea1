"""An installation with the prices of before gets those of now, and what its operators edited stays theirs."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from generation import seeds
from generation.models import ExpectedCost, ImageModel, ModelPrice, UnitCost
from generation.models.size_class import CLASSES

BEFORE = [("generation", "0020_model_denied")]
GPT_25 = {
    "low": (1, 6_000),
    "medium": (1, 13_000),
    "high": (3, 53_000),
    "xhigh": (5, 94_000),
    "max": (11, 211_000),
}
GPT_2 = {"low": (1, 6_000), "medium": (3, 53_000), "high": (10, 211_000)}
GPT = {
    **dict.fromkeys(
        ("gpt-image-2.5-flare", "gpt-image-2.5-sunburst", "gpt-image-2.6-flare", "gpt-image-2.6-sunburst"),
        GPT_25,
    ),
    "gpt-image-2": GPT_2,
}
FAL = {
    "flux-2-klein": (1, 15_000, 1),
    "flux-2-pro": (2, 30_000, 1),
    "flux-2-flex": (3, 50_000, 1),
    "flux-2-max": (4, 70_000, 1),
    "flux-schnell": (1, 3_000, 0),
    "flux-dev": (2, 25_000, 0),
    "qwen-image": (1, 20_000, 0),
}
SAID = "The newest Flare: the quickest drafts of the family, with the same qualities and prices as 2.5."


def executor() -> MigrationExecutor:
    """Without what is made beside running work, and so outside a transaction: indexes, which change no row."""
    made = MigrationExecutor(connection)
    for migration in made.loader.graph.nodes.values():
        if not migration.atomic:
            migration.operations = []
    return made


@pytest.fixture
def before(catalog: None) -> Any:
    """The schema and the rows of the version before; all of it is rolled back with the test."""
    ModelPrice.objects.all().delete()
    UnitCost.objects.filter(model__in=FAL).delete()
    ImageModel.objects.update(aliases=[])
    old = executor().migrate(BEFORE).apps
    prices, units = (old.get_model("generation", name).objects for name in ("ModelPrice", "UnitCost"))
    for model, qualities in GPT.items():
        for quality, (credits, cost) in qualities.items():
            prices.create(model_id=model, quality=quality, credits=credits, expected_cost=cost)
    for model, (credits, cost, surcharge) in FAL.items():
        prices.create(
            model_id=model,
            quality="",
            credits=credits,
            expected_cost=cost,
            per_megapixel=True,
            large_factor=1,
            edit_surcharge=surcharge,
        )
        units.create(model_id=model, unit="megapixel", cost=cost * 1_000_000)
    old.get_model("generation", "ImageModel").objects.filter(slug="gpt-image-2.6-flare").update(
        description=SAID
    )
    return old


def upgrade() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    made = executor()
    made.migrate(made.loader.graph.leaf_nodes("generation"))


def test_untouched_rows_are_those_of_a_new_installation(before: Any):
    upgrade()
    for entry in seeds.MODELS:
        slug = entry.row["slug"]
        for quality, (credits, *steps) in entry.prices.items():
            row = ModelPrice.objects.get(model=slug, quality=quality)
            assert (row.credits, row.steps) == (credits, steps)
            assert {name: getattr(row, name) for name in entry.price} == entry.price
            costs = ExpectedCost.objects.filter(model=slug, quality=quality)
            assert {one.pixels: (one.cost, one.edit_cost, one.reference_cost) for one in costs} == dict(
                zip(CLASSES, entry.expected[quality], strict=True)
            )
        if entry.prices:
            assert dict(UnitCost.objects.filter(model=slug).values_list("unit", "cost")) == entry.costs
        model = ImageModel.objects.get(slug=slug)
        assert (model.aliases, model.description) == (
            entry.row.get("aliases", []),
            entry.row.get("description", ""),
        )


def test_edited_rows_keep_their_prices_at_every_size(before: Any):
    prices = before.get_model("generation", "ModelPrice").objects
    prices.filter(model_id="gpt-image-2.5-flare", quality="high").update(credits=4)
    prices.filter(model_id="gpt-image-2", quality="low").update(large_factor=3, expected_cost=9_999)
    prices.filter(model_id="flux-2-max").update(credits=9)
    prices.filter(model_id="gpt-image-2.6-flare", quality="low").update(free_references=0)
    prices.create(model_id="gpt-image-2.5-flare", quality="max", tier_id="partner", credits=8)
    before.get_model("generation", "UnitCost").objects.filter(model_id="flux-dev").update(cost=1)
    upgrade()

    def row(model: str, quality: str, **more: Any) -> ModelPrice:
        return ModelPrice.objects.get(model=model, quality=quality, **{"tier": None, **more})

    assert (row("gpt-image-2.5-flare", "high").credits, row("gpt-image-2.5-flare", "high").steps) == (
        4,
        [4, 4, 8, 8],
    )
    assert row("gpt-image-2", "low").steps == [1, 1, 3, 3]
    assert list(
        ExpectedCost.objects.filter(model="gpt-image-2", quality="low").values_list("pixels", "cost")
    ) == [(CLASSES[0], 9_999)]
    assert (
        row("flux-2-max", "").credits,
        row("flux-2-max", "").edit_surcharge,
        row("flux-2-max", "").steps,
    ) == (9, 1, [])
    assert (row("gpt-image-2.6-flare", "low").credits, row("gpt-image-2.6-flare", "low").free_references) == (
        1,
        0,
    )
    assert row("gpt-image-2.5-flare", "max", tier="partner").steps == [8, 8, 16, 16]
    assert dict(UnitCost.objects.filter(model="flux-dev").values_list("unit", "cost")) == {"megapixel": 1}


def test_seeding_again_changes_nothing_that_is_there(catalog: None):
    ModelPrice.objects.filter(model="gpt-image-2", quality="low").update(credits=77, steps=[])
    ExpectedCost.objects.filter(model="gpt-image-2").delete()
    ImageModel.objects.filter(slug="gpt-image-1.5").delete()
    assert seeds.seed() == 1
    assert ModelPrice.objects.get(model="gpt-image-2", quality="low").credits == 77
    assert not ExpectedCost.objects.filter(model="gpt-image-2").exists()
    assert ImageModel.objects.get(slug="gpt-image-1.5").replacement_id == "gpt-image-2.5-flare"
