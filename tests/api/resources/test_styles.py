"""Styles over REST: presets and one's own, versioned, and used by orders."""

import pytest

from generation.models import Generation, Style

BODY = {"name": "Still life", "template": "{prompt} on {surface}", "slots": {"surface": {"default": "sand"}}, "palette": ["#C9572F"]}  # fmt: skip
pytestmark = pytest.mark.usefixtures("catalog")


@pytest.fixture
def style(api):
    answer = api.post("/api/v1/styles", BODY, format="json")
    assert answer.status_code == 201
    return answer.json()


def test_a_style_is_written_changed_and_deleted(api, style):
    assert (style["version"], style["is_preset"], style["palette"]) == (1, False, ["#c9572f"])
    assert style["slots"] == {"surface": {"default": "sand", "required": False}}
    address = f"/api/v1/styles/{style['id']}"
    same = api.patch(address, {"name": "Still"}, format="json").json()
    assert (same["name"], same["version"]) == ("Still", 1)
    other = api.patch(address, {"avoid": "text"}, format="json").json()
    assert (other["version"], other["avoid"], other["template"]) == (2, "text", BODY["template"])
    assert api.get(address).json() == other
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404


def test_presets_and_one_s_own_are_listed_in_a_few_queries(api, style, django_assert_max_num_queries):
    api.get("/api/v1/models")
    with django_assert_max_num_queries(6):
        listed = api.get("/api/v1/styles?limit=100").json()["data"]
    assert len(listed) == 9
    assert [one["id"] for one in listed if not one["is_preset"]] == [style["id"]]


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"template": "no slot"}, "template"),
        ({"name": ""}, "name"),
        ({"palette": ["red"]}, None),
        ({"model": "none"}, "model"),
        ({"name": "None "}, "name"),
        ({"quality": "zzz"}, "quality"),
        ({"quality": "ultra"}, "quality"),
        ({"model": "gpt-image-2", "quality": "max"}, "quality"),
        ({"model": "gpt-image-2", "background": "transparent"}, "background"),
        ({"background": "red"}, "background"),
        ({"size": "huge"}, "size"),
        ({"model": "gpt-image-2", "size": "16x16"}, "size"),
        ({"references": ["rfe_nonsense"]}, "references"),
        ({"color": "red"}, "color"),
    ],
)
def test_what_makes_no_sense_is_refused(api, problem, said, param):
    answer = api.post("/api/v1/styles", {**BODY, **said}, format="json")
    body = problem(answer)
    assert answer.status_code == 400
    assert param is None or body.get("param", param) == param
    assert not Style.objects.exclude(workspace=None).exists()


def test_presets_and_foreign_styles_can_t_be_changed(api, foreign_api, style):
    preset = Style.objects.filter(workspace=None).first().public_id
    for client, key in ((api, preset), (foreign_api, style["id"])):
        for answer in (
            client.patch(f"/api/v1/styles/{key}", {"name": "Mine"}, format="json"),
            client.delete(f"/api/v1/styles/{key}"),
        ):
            assert answer.status_code == 404
    assert Style.objects.filter(deleted_at=None).count() == 9


def test_an_order_in_a_style_shows_the_words_that_were_sent(api, workspace, fund, style):
    fund(workspace, 20)
    api.patch(f"/api/v1/styles/{style['id']}", {"quality": "high"}, format="json")
    asked = {"prompt": "a fig", "style": style["id"], "style_values": {"surface": "oak"}}
    assert api.post("/api/v1/quotes", asked, format="json").json()["credits"] == 3
    made = api.post("/api/v1/generations", asked, format="json").json()
    assert made["prompt"] == "a fig"
    assert made["sent_prompt"] == "a fig on oak. Colors: terracotta (#c9572f)."
    assert (made["style"], made["style_version"], made["quality"]) == (style["id"], 2, "high")
    cheap = api.post("/api/v1/generations", {**asked, "quality": "low"}, format="json").json()
    assert cheap["quote"]["credits"] == 1
    plain = api.post("/api/v1/generations", {"prompt": "a fig"}, format="json").json()
    assert (plain["style"], plain["style_version"], plain["sent_prompt"]) == (None, None, "a fig")
    listed = api.get("/api/v1/generations").json()["data"]
    assert [one["style"] for one in listed] == [None, style["id"], style["id"]]


def test_a_style_that_is_not_yours_orders_nothing(foreign_api, other_workspace, fund, style, problem):
    fund(other_workspace, 20)
    for said in (
        {"style": style["id"]},
        {"style": "sty_nonsense"},
        {"style": style["id"], "style_values": {"x": "y"}},
    ):
        answer = foreign_api.post("/api/v1/generations", {"prompt": "a fig", **said}, format="json")
        assert answer.status_code == 404
        assert problem(answer)["code"] == "style_not_found"
    assert not Generation.objects.exists()
