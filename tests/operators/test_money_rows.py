"""Whatever operators change about money has a reason, stands in the audit trail with old and new values, and warns below cost."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.admin.audited import AuditedAdmin
from accounts.models import AuditEvent
from billing.admin.second_operator import PolicyAdmin
from billing.models import CreditPack, CreditPolicy, PackOffer, PricingTier, RefundPolicy
from generation.catalog import cache
from generation.models import ExpectedCost, ImageModel, ModelPrice, Provider, UnitCost
from tests.operators.forms import filled

MODEL = "gpt-image-2.5-flare"
WHY = {"reason": "Their price has changed"}
ANYWAY = {"in_spite_of_warning": "on"}


@pytest.fixture
def desk(catalog, operator, client_for):
    return client_for(operator)


def page_of(row: Any, verb: str = "change") -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{verb}", args=[row.pk])


def form_of(desk: Any, row: Any) -> dict[str, Any]:
    cache.invalidate()
    return filled(desk.get(page_of(row)))


def named(form: dict[str, Any], prefix: str, **known: Any) -> str:
    """The beginning of the names of the inline form that has these values."""
    rows = {name.rpartition("-")[0] for name in form if name.startswith(prefix) and name.count("-") == 2}
    return next(
        row
        for row in rows
        if all(str(form.get(f"{row}-{name}", "")) == str(value) for name, value in known.items())
    )


def lines() -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    found = AuditEvent.objects.order_by("id")
    return [(one.action, one.target, one.detail["row"], one.detail["changes"]) for one in found]


def test_a_price_has_its_old_and_new_value_and_a_reason(desk, operator):
    model = ImageModel.objects.get(slug=MODEL)
    form = form_of(desk, model)
    high = named(form, "prices", quality="high")
    refused = desk.post(page_of(model), form | {f"{high}-edit_surcharge": 2})
    assert refused.status_code == 200
    assert "This field is required." in refused.content.decode()
    assert (ModelPrice.objects.get(model=model, quality="high").edit_surcharge, lines()) == (1, [])
    assert desk.post(page_of(model), form | WHY | {f"{high}-edit_surcharge": 2}).status_code == 302
    assert lines() == [
        (
            "modelprice.changed",
            MODEL,
            {"model": MODEL, "quality": "high", "tier": None},
            {"edit_surcharge": [1, 2]},
        )
    ]
    (line,) = AuditEvent.objects.all()
    assert (line.actor, line.detail["reason"], bool(line.address)) == (operator, WHY["reason"], True)


def test_a_price_below_cost_is_warned_of_before_it_is_saved(desk):
    model = ImageModel.objects.get(slug=MODEL)
    form = form_of(desk, model) | WHY
    row = named(form, "prices", quality="max")
    for size, change in (("1024x1024", {f"{row}-credits": 1}), ("3840x2160", {f"{row}-steps": ""})):
        warned = desk.post(page_of(model), form | change)
        page = warned.content.decode()
        assert warned.status_code == 200
        assert "These prices would be below what an image costs us:" in page
        assert f"max: {size} with" in page
        assert (ModelPrice.objects.get(model=model, quality="max").steps, lines()) == ([11, 14, 22, 31], [])
    assert desk.post(page_of(model), form | {f"{row}-credits": 1} | ANYWAY).status_code == 302
    assert ModelPrice.objects.get(model=model, quality="max").credits == 1
    assert [changes for *_, changes in lines()] == [{"credits": [11, 1]}]


def test_what_already_sells_below_cost_does_not_stop_another_change(desk):
    ModelPrice.objects.filter(model=MODEL, quality="max").update(credits=1)
    model = ImageModel.objects.get(slug=MODEL)
    form = form_of(desk, model) | WHY
    form.pop("is_enabled")
    assert desk.post(page_of(model), form).status_code == 302, "the switch works in an emergency"
    form = form_of(desk, model) | WHY
    row = named(form, "prices", quality="max")
    assert desk.post(page_of(model), form | {f"{row}-credits": 2, f"{row}-steps": ""}).status_code == 200


@pytest.mark.parametrize(
    ("changes", "below"),
    [
        ({"cost": 999_999}, True),
        ({"reference_cost": 500_000}, True),
        ({"edit_cost": 400_000}, True),
        ({"cost": 14_000}, False),
    ],
)
def test_an_expected_cost_above_the_price_is_warned_of_too(desk, changes, below):
    model = ImageModel.objects.get(slug=MODEL)
    form = form_of(desk, model) | WHY
    row = named(form, "expected_costs", quality="medium", pixels=1_200_000)
    old = {name: form[f"{row}-{name}"] for name in changes}
    sent = form | {f"{row}-{name}": value for name, value in changes.items()}
    assert desk.post(page_of(model), sent).status_code == (200 if below else 302)
    desk.post(page_of(model), sent | ANYWAY)
    action, _, key, found = lines()[0]
    assert (action, key["quality"], key["pixels"]) == ("expectedcost.changed", "medium", 1_200_000)
    assert found == {name: [old[name], value] for name, value in changes.items()}


def test_more_references_than_the_price_bears_are_warned_of(desk):
    model = ImageModel.objects.get(slug="flux-2-flex")
    form = form_of(desk, model) | WHY
    row = named(form, "prices", quality="")
    assert desk.post(page_of(model), form | {f"{row}-references_per_credit": 4}).status_code == 200


def test_rows_that_come_and_go_are_kept_whole(desk):
    model = ImageModel.objects.get(slug=MODEL)
    form = form_of(desk, model) | WHY
    row = named(form, "prices", quality="low")
    total = int(form["unit_costs-TOTAL_FORMS"])
    new = {
        f"unit_costs-{total}-unit": "image",
        f"unit_costs-{total}-cost": 7,
        "unit_costs-TOTAL_FORMS": total + 1,
    }
    assert desk.post(page_of(model), form | new | {f"{row}-DELETE": "on"}).status_code == 302
    by_action = {action: changes for action, _, _, changes in lines()}
    assert by_action["modelprice.deleted"]["credits"] == [1, None]
    assert by_action["unitcost.created"]["cost"] == [None, 7]


@pytest.mark.parametrize(
    ("field", "value", "changes"),
    [
        ("is_enabled", None, {"is_enabled": [True, False]}),
        ("label", "Flare", {"label": ["GPT Image 2.5 Flare", "Flare"]}),
    ],
)
def test_a_model_itself_is_recorded_as_its_prices_are(desk, field, value, changes):
    model = ImageModel.objects.get(slug=MODEL)
    form = form_of(desk, model) | WHY
    form.pop(field, None)
    assert desk.post(page_of(model), form | ({field: value} if value else {})).status_code == 302
    assert ("imagemodel.changed", MODEL, changes) in [
        (one.action, one.target, one.detail.get("changes")) for one in AuditEvent.objects.all()
    ]


def test_a_pack_that_brings_less_than_its_images_cost_is_warned_of(desk):
    pack = CreditPack.objects.get(slug="growth")
    form = form_of(desk, pack) | WHY
    cheap = form | {"amount": 1_000}
    page = desk.post(page_of(pack), cheap).content.decode()
    assert "A credit would bring in 0.78 ¢ after card fees, and these would sell below their cost:" in page
    assert "GPT Image 2.5 Flare at " in page
    pack.refresh_from_db()
    assert (pack.amount, lines()) == (3_000, [])
    assert desk.post(page_of(pack), cheap | ANYWAY).status_code == 302
    assert lines() == [("creditpack.changed", "growth", {"slug": "growth"}, {"amount": [3_000, 1_000]})]
    assert desk.post(page_of(pack), form_of(desk, pack) | WHY | {"amount": 3_100}).status_code == 302


@pytest.mark.parametrize(
    "odd", [{"credits": 0}, {"amount": 0}, {"credits": ""}, {"amount": "x"}, {"credits": 2**31 - 1}]
)
def test_odd_packs_are_refused_or_warned_of(desk, odd):
    pack = CreditPack.objects.get(slug="growth")
    assert desk.post(page_of(pack), form_of(desk, pack) | WHY | odd).status_code == 200
    assert lines() == []


def test_an_offer_of_a_tier_is_warned_of_and_recorded(desk):
    tier = PricingTier.objects.get(slug="partner")
    form = form_of(desk, tier) | WHY
    offer = {
        "offers-TOTAL_FORMS": 1,
        "offers-0-pack": "growth",
        "offers-0-amount": 900,
        "offers-0-tier": tier.pk,
    }
    warned = desk.post(page_of(tier), form | offer).content.decode()
    assert "A credit would bring in" in warned
    assert not PackOffer.objects.exists()
    assert desk.post(page_of(tier), form | offer | {"offers-0-amount": 3_000}).status_code == 302
    assert lines()[-1][0] == "packoffer.created"
    row = PackOffer.objects.get()
    form = form_of(desk, tier) | WHY
    assert (
        desk.post(page_of(tier), form | {"offers-0-amount": 2_950, "offers-0-id": row.pk}).status_code == 302
    )
    assert lines()[-1] == (
        "packoffer.changed",
        "partner",
        {"tier": "partner", "pack": "growth"},
        {"amount": [3_000, 2_950]},
    )


def test_a_tier_that_is_deleted_takes_its_prices_along_with_a_reason(desk):
    tier = PricingTier.objects.create(slug="old", name="Old")
    ModelPrice.objects.create(model_id=MODEL, tier=tier, quality="low", credits=9)
    assert "reason" in desk.get(page_of(tier, "delete")).content.decode()
    desk.post(page_of(tier, "delete"), {"post": "yes"})
    assert PricingTier.objects.filter(slug="old").exists()
    desk.post(page_of(tier, "delete"), {"post": "yes"} | WHY)
    assert not PricingTier.objects.filter(slug="old").exists()
    gone = {action: changes for action, _, _, changes in lines()}
    assert (gone["pricingtier.deleted"]["name"], gone["modelprice.deleted"]["credits"]) == (
        ["Old", None],
        [9, None],
    )


def test_a_pack_is_deleted_by_nobody_and_nothing_is_changed_or_deleted_in_a_list(desk):
    pack = CreditPack.objects.get(slug="growth")
    assert desk.post(page_of(pack, "delete"), {"post": "yes"} | WHY).status_code == 403
    for model in (CreditPack, PricingTier, ImageModel, Provider):
        row = model.objects.order_by("pk").last()
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        bulk = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes", **WHY}
        desk.post(address, bulk)
        assert model.objects.filter(pk=row.pk).exists()


def test_who_may_only_look_sees_no_reason_to_give(catalog, alice, client_for):
    alice.is_staff = True
    alice.save()
    alice.user_permissions.set(Permission.objects.filter(codename="view_creditpack"))
    answer = client_for(alice).get(page_of(CreditPack.objects.get(slug="growth")))
    assert answer.status_code == 200
    assert 'name="reason"' not in answer.content.decode()


def test_every_row_about_money_is_kept_like_this():
    kept = dict(admin.site._registry)
    for model in (CreditPack, PricingTier, ImageModel, Provider):
        assert isinstance(kept[model], AuditedAdmin)
        assert not kept[model].list_editable
    for model in (CreditPolicy, RefundPolicy):
        assert isinstance(kept[model], PolicyAdmin)
        assert "reason" in kept[model].form.base_fields
    for model in (ModelPrice, ExpectedCost, UnitCost, PackOffer):
        assert model not in kept
