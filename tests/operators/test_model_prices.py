"""Operators see beside each price whether it covers what an image is expected to cost, and can't write steps that fall."""

import pytest
from django.core.exceptions import ValidationError

from generation.catalog import cache as rows
from generation.models import ImageModel, ModelPrice, UnitCost
from tests.operators.forms import filled

PAGE = "/admin/generation/imagemodel/{}/change/"


@pytest.fixture
def desk(catalog, operator, client_for):
    return client_for(operator)


def page(desk, model):
    rows.invalidate()
    return desk.get(PAGE.format(model)).content.decode()


def test_a_price_below_cost_is_said_where_it_is_edited(desk):
    shown = page(desk, "gpt-image-2.5-flare")
    assert shown.count("Covers it") == 5
    assert "Below it" not in shown
    ModelPrice.objects.filter(model="gpt-image-2.5-flare", quality="max").update(steps=[])
    shown = page(desk, "gpt-image-2.5-flare")
    assert shown.count("Covers it") == 4
    assert "Below it: 3840x2160 with 0 references sells for 25.9 ¢ and costs 71.8 ¢" in shown


def test_costs_stand_beside_the_prices(desk):
    shown = page(desk, "flux-2-klein")
    for cost in (6_000, 11_000, 5_000 * 1_000_000):
        assert f'value="{cost}"' in shown
    assert UnitCost.objects.filter(model="flux-2-klein").count() == 3


def test_operators_change_steps_and_aliases_in_the_form(desk):
    form = filled(desk.get(PAGE.format("gpt-image-2"))) | {"reason": "It costs more now"}
    low = next(
        name
        for name, value in form.items()
        if name.endswith("-quality") and value == "low" and name.startswith("prices")
    )
    form[low.replace("quality", "steps")] = "2,3,4,5"
    form["aliases"] = "gpt-image-2-2026-04-21,house-image"
    answer = desk.post(PAGE.format("gpt-image-2"), form)
    assert answer.status_code == 302, answer.context["errors"]
    assert ModelPrice.objects.get(model="gpt-image-2", quality="low").steps == [2, 3, 4, 5]
    rows.invalidate()
    assert rows.load().find("house-image").slug == "gpt-image-2"
    form[low.replace("quality", "steps")] = "2,3"
    refused = desk.post(PAGE.format("gpt-image-2"), form)
    assert "Give all 4 steps, or none." in refused.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steps": [1, 2]}, "Give all 4 steps, or none."),
        ({"steps": [1, 2, 2, 1]}, "can't cost less than a smaller one"),
        ({"credits": 9, "steps": [1, 2, 3, 4]}, "can't cost less than a smaller one"),
        ({"steps": [1, 1, 1, 1], "per_megapixel": True}, "has no steps"),
    ],
)
def test_steps_that_make_no_sense_are_refused(catalog, changes, words):
    row = ModelPrice.objects.get(model="gpt-image-2.5-flare", quality="medium")
    for name, value in changes.items():
        setattr(row, name, value)
    with pytest.raises(ValidationError, match=words):
        row.full_clean()


def test_an_alias_names_one_model_alone(catalog):
    model = ImageModel.objects.get(slug="gpt-image-2")
    for alias in ("gpt-image-2.5-flare", "gpt-image-2.5-flare-2026-09-08", "gpt-image-2"):
        model.aliases = [alias]
        with pytest.raises(ValidationError, match="another model's id"):
            model.full_clean()
    model.aliases = ["gpt-image-2-2026-04-21", "two"]
    model.full_clean()
