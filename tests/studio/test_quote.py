"""The price on the button is the price that is held, whatever is chosen."""

import re

import pytest

from generation.models import Generation, ImageModel
from tests.studio.conftest import HTMX

CHOICES = [
    {},
    {"quality": "low", "n": "1"},
    {"quality": "high", "n": "4"},
    {"size": "2048x2048", "quality": "xhigh", "n": "3"},
    {"shape": "16:9", "size": "3840x2160", "quality": "max", "n": "2"},
    {"shape": "9:16", "size": "1024x1024", "n": "2"},
    {"shape": "auto", "size": "auto"},
    {"model": "gpt-image-2", "quality": "high", "n": "4"},
    {"model": "gpt-image-2.6-sunburst", "background": "transparent", "output_format": "webp"},
]


def shown(page):
    return int(re.search(r'name="max_credits" value="(\d+)"', page)[1])


@pytest.mark.parametrize("changes", CHOICES, ids=str)
def test_the_shown_price_is_what_is_held(studio, form, have, changes):
    fields = form(**changes)
    page = studio.post("/studio/quote", fields, headers=HTMX).content.decode()
    price = shown(page)
    assert f"Balance after: {100 - price}" in page
    answer = studio.post("/studio/generate", {**fields, "max_credits": price}, headers=HTMX)
    assert answer.status_code == 200, answer.content
    assert (have().held, Generation.objects.get().credits) == (price, price)


def test_references_are_in_the_price(studio, form, workspace):
    made = [
        workspace.references.create(
            file=f"{n}", thumbnail="t", format="png", width=9, height=9, size=9, sha256=bytes([n])
        )
        for n in range(4)
    ]
    fields = {**form(n="1"), "reference": [one.public_id for one in made]}
    assert shown(studio.post("/studio/quote", fields).content.decode()) == 4


def test_each_quality_says_what_an_image_costs(studio, form):
    page = studio.post("/studio/quote", form(size="2048x2048")).content.decode()
    prices = re.findall(r'name="quality".*?<small>(\d+)<', page)
    assert prices == ["2", "2", "6", "10", "22"]


def test_another_model_keeps_what_it_can_do_and_drops_what_it_can_not(studio, form):
    fields = form(model="gpt-image-2", quality="max", background="transparent", shape="3:2", size="1536x1024")
    page = studio.post("/studio/quote", fields).content.decode()
    assert 'id="quality-medium" value="medium" checked' in page
    assert 'value="transparent"' not in page
    assert 'value="3:2" checked' in page


def test_a_transparent_background_rules_jpeg_out(studio, form):
    page = studio.post("/studio/quote", form(background="transparent", output_format="jpeg")).content.decode()
    assert 'value="jpeg" disabled' in page
    assert 'value="png" selected' in page


def test_the_request_key_of_the_form_stays(studio, form):
    assert (
        'name="request_key" value="0123456789abcdef"' in studio.post("/studio/quote", form()).content.decode()
    )
    assert "<script" not in studio.post("/studio/quote", form(request_key='"><script>')).content.decode()


def test_too_many_references_for_a_model_are_said_at_the_button(studio, form, workspace, catalog):
    made = [
        workspace.references.create(
            file=f"{n}", thumbnail="t", format="png", width=9, height=9, size=9, sha256=bytes([n])
        )
        for n in range(17)
    ]
    page = studio.post(
        "/studio/quote", {**form(), "reference": [one.public_id for one in made]}
    ).content.decode()
    assert "takes at most 16 reference images" in page
    assert "max_credits" not in page


def test_short_of_credits_the_button_buys(studio, form):
    page = studio.post(
        "/studio/quote", form(quality="max", size="3840x2160", shape="16:9", n="4")
    ).content.decode()
    assert shown(page) == 124
    assert "24 short" in page
    assert 'formaction="/studio/buy"' in page


def test_buying_keeps_the_draft_for_the_way_back(studio, form):
    answer = studio.post("/studio/buy", form(prompt="Kept words", quality="max", size="3840x2160", n="4"))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/billing")
    page = studio.get("/studio").content.decode()
    assert "Kept words</textarea>" in page
    assert 'id="quality-max" value="max" checked' in page
    assert studio.post("/studio/buy", form(), headers=HTMX)["HX-Redirect"].startswith("/billing")


def test_viewers_get_no_quote(client_for, vera, catalog, form):
    assert client_for(vera).post("/studio/quote", form()).status_code == 403
    assert client_for(vera).post("/studio/buy", form()).status_code == 403


def test_a_size_of_ones_own_is_typed_priced_and_ordered(studio, form, workspace):
    typed = {"shape": "custom", "size": None, "width": "1280", "height": "960"}
    page = studio.post("/studio/quote", form(**typed), headers=HTMX).content.decode()
    assert 'name="width" value="1280" min="16" max="3840" step="16"' in page
    assert "1280 × 960" in page  # noqa: RUF001 -- as it is shown
    assert 'name="size"' not in page
    credits = page.split('name="max_credits" value="')[1].split('"')[0]
    answer = studio.post("/studio/generate", form(**typed, max_credits=credits), headers=HTMX)
    assert answer.status_code == 200
    generation = workspace.generations.get()
    assert (generation.width, generation.height) == (1280, 960)
    remix = studio.get(f"/studio?remix={generation.public_id}").content.decode()
    assert 'name="height" value="960"' in remix
    again = studio.post(
        f"/studio/generations/{generation.public_id}/again", {"request_key": "b" * 16, "max_credits": credits}
    )
    assert again.status_code == 302
    assert {(one.width, one.height) for one in workspace.generations.all()} == {(1280, 960)}


def test_a_size_that_can_not_be_had_is_said_in_words_beside_it(studio, form, nothing_moves):
    for width, height, words in (
        ("1000", "1000", "992x992 would work"),
        ("4096", "1024", "too large"),
        ("3200", "960", "too narrow"),
        ("256", "256", "too small"),
        ("", "1024", "width x height"),
        ("1e3", "1024", "width x height"),
        ("-16", "1024", "width x height"),
    ):
        typed = form(shape="custom", size=None, width=width, height=height)
        with nothing_moves():
            page = studio.post("/studio/quote", typed, headers=HTMX).content.decode()
            assert words in page.split('id="edges-note"')[1].split("</p>")[0]
            assert 'type="submit" disabled>Generate' in page
            assert studio.post("/studio/generate", typed, headers=HTMX).status_code >= 400


def test_a_size_of_ones_own_is_for_models_that_take_any(studio, form):
    page = studio.post("/studio/quote", form(), headers=HTMX).content.decode()
    assert 'value="custom"' in page
    listed = ImageModel.objects.filter(custom_sizes=False, provider__slug="fal", retired_at=None).first()
    typed = form(model=listed.slug, shape="custom", size="1280x960")
    page = studio.post("/studio/quote", typed, headers=HTMX).content.decode()
    assert 'value="custom"' not in page
    assert 'name="width"' not in page


def test_choosing_a_size_of_ones_own_begins_with_the_one_before(studio, form):
    for before, width in (("1536x1024", "1536"), ("auto", "1024")):
        page = studio.post("/studio/quote", form(shape="custom", size=before), headers=HTMX).content.decode()
        assert f'name="width" value="{width}"' in page


def test_what_has_no_transparency_can_not_be_chosen_with_it(studio, form):
    page = studio.post("/studio/quote", form(background="transparent", output_format="jpeg"), headers=HTMX)
    page = page.content.decode()
    assert '<option value="transparent" selected>' in page
    assert '<option value="jpeg" disabled>' in page
    assert '<option value="png" selected>' in page
    page = studio.post("/studio/quote", form(model="gpt-image-2"), headers=HTMX).content.decode()
    assert 'value="transparent"' not in page
