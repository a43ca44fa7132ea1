"""A reload of the Studio shows the settings that were chosen last in this browser and workspace."""

import re

import pytest

from generation.styles import authoring
from generation.styles.authoring import StyleContent

HTMX = {"HX-Request": "true"}


def shown(client, address="/studio"):
    """The chosen values of the composer's radios and selects, and its references."""
    page = client.get(address).text
    radios = re.findall(r'<input type="radio"\s+name="(\w+)"[^>]*value="([^"]*)"[^>]*? checked', page)
    selects = re.findall(r'<option value="(\w+)" selected', page)
    return dict(radios), selects, re.findall(r'name="reference" value="([^"]+)"', page)


def test_what_was_chosen_is_there_after_a_reload(studio, form):
    before = shown(studio)[0]
    assert (before["quality"], before["n"]) != ("high", "3")
    chosen = form(
        quality="high", n="3", shape="2:3", size="1024x1536", output_format="webp", prompt="secret words"
    )
    studio.post("/studio/quote", chosen, headers=HTMX)
    radios, selects, _ = shown(studio)
    assert (radios["quality"], radios["n"], radios["shape"]) == ("high", "3", "2:3")
    assert "webp" in selects
    assert "secret" not in studio.cookies["studio"].value


def test_an_address_with_choices_of_its_own_comes_first(studio, form):
    studio.post("/studio/quote", form(quality="high", n="3"), headers=HTMX)
    radios = shown(studio, "/studio?n=1")[0]
    assert (radios["quality"], radios["n"]) == ("high", "1")


def test_it_comes_before_what_was_made_last(studio, form, ordered):
    ordered(quality="low")
    studio.post("/studio/quote", form(quality="high"), headers=HTMX)
    assert shown(studio)[0]["quality"] == "high"


def test_a_style_made_the_default_since_then_comes_first(studio, form, workspace):
    style = authoring.save(workspace, None, StyleContent("{prompt} in fog"), name="Fog")
    studio.post("/studio/quote", form(quality="high"), headers=HTMX)
    assert shown(studio)[0]["style"] == ""
    studio.post(f"/styles/{style.public_id}/default", {"on": "1"})
    assert shown(studio)[0]["style"] == style.public_id
    # A choice after that counts again.
    studio.post("/studio/quote", form(quality="high", style=""), headers=HTMX)
    assert shown(studio)[0]["style"] == ""


@pytest.mark.parametrize("who", ["other workspace", "other person"])
def test_nobody_else_gets_them(studio, form, who, alice, client_for, workspace):
    studio.post("/studio/quote", form(quality="high", n="3"), headers=HTMX)
    other = client_for(alice)
    other.cookies["studio"] = studio.cookies["studio"].value
    assert shown(other)[0]["n"] != "3"


@pytest.mark.parametrize(
    "cookie",
    ["", "&" * 3000, "for=%00&n=%FF", "x" * 8000, "for=wsp_x-usr_x&n=" + "9" * 2000, '"', "a=1&" * 1500],
)
def test_nonsense_is_ignored(studio, cookie):
    before = shown(studio)
    studio.cookies["studio"] = cookie
    assert shown(studio) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "\0"},
        {"n": "9" * 2000},
        {"shape": "x:y"},
        {"size": "0x0"},
        {"style": "sty_x"},
        {"mask": "rfe_x"},
        {"quality": "nonsense"},
        {"reference": ["rfe_x", "\0"]},
        {"width": "1", "shape": "custom"},
    ],
)
def test_wrong_values_of_their_own_make_no_fault(studio, form, changes):
    answer = studio.post("/studio/quote", form(**changes), headers=HTMX)
    assert answer.status_code in (200, 422)
    assert studio.get("/studio").status_code == 200


def test_what_is_too_long_for_a_cookie_is_not_kept(studio, form):
    studio.post("/studio/quote", form(quality="high"), headers=HTMX)
    studio.post("/studio/quote", form(quality="low", **{"slot-x": "w" * 4000}), headers=HTMX)
    assert len(studio.cookies["studio"].value) < 3_001
