import json

import pytest

from accounts.models import Scope
from billing.ledger import balance
from generation.models import Generation, Image

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalog")]
ASKED = {"prompt": "a lighthouse", "n": 2}


@pytest.fixture
def funded(workspace, fund):
    fund(workspace, 10)


def test_a_quote_is_what_would_be_held(api, funded, workspace):
    answer = api.post("/api/v1/quotes", {**ASKED, "quality": "high"})
    assert answer.status_code == 200
    said = answer.json()
    assert said.pop("id").startswith("quo_")
    assert said.pop("expires_at")
    assert said == {
        "credits": 6,
        "per_image": 3,
        "images": 2,
        "lines": [{"label": "Image, high quality", "credits": 3}],
        "model": "gpt-image-2.5-flare",
        "size": "auto",
        "quality": "high",
        "available": 10,
        "available_after": 4,
    }
    assert balance.for_workspace(workspace).available == 10


def test_a_generation_is_accepted_with_its_quote(api, funded, workspace):
    answer = api.post("/api/v1/generations", ASKED)
    assert answer.status_code == 202
    body = answer.json()
    assert body["id"].startswith("gen_")
    assert body["status"] == "queued"
    assert body["model"] == body["requested_model"] == "gpt-image-2.5-flare"
    assert body["quote"]["credits"] == 2
    assert body["charged"] == 0
    assert [image["status"] for image in body["images"]] == ["waiting", "waiting"]
    assert set(body["images"][0]) >= {
        "id",
        "status",
        "reason",
        "width",
        "height",
        "sha256",
        "url",
        "thumbnail_url",
    }
    assert body["status_url"].endswith(f"/api/v1/generations/{body['id']}")
    assert body["cancel_url"].endswith(f"/api/v1/generations/{body['id']}/cancel")
    wallet = balance.for_workspace(workspace)
    assert (wallet.available, wallet.held) == (8, 2)


def test_a_generation_can_be_read_again(api, funded):
    made = api.post("/api/v1/generations", ASKED).json()
    assert api.get(f"/api/v1/generations/{made['id']}").json() == made
    assert api.get("/api/v1/generations").json() == {"data": [made], "next_cursor": None, "has_more": False}


def test_a_browser_orders_as_its_member(client_for, bob, funded, workspace):
    answer = client_for(bob).post("/api/v1/generations", ASKED, content_type="application/json")
    assert answer.status_code == 202
    assert Generation.objects.get().created_by == bob


def test_a_browser_without_a_csrf_token_orders_nothing(client_for, bob, funded, workspace, problem):
    answer = client_for(bob, enforce_csrf_checks=True).post(
        "/api/v1/generations", ASKED, content_type="application/json"
    )
    assert answer.status_code == 403
    assert not Generation.objects.exists()


def test_canceling_makes_and_charges_nothing_more(api, funded, workspace):
    made = api.post("/api/v1/generations", ASKED).json()
    answer = api.post(f"/api/v1/generations/{made['id']}/cancel")
    assert answer.status_code == 200
    assert answer.json()["status"] == "canceled"
    assert {image["reason"] for image in answer.json()["images"]} == {"canceled"}
    assert balance.for_workspace(workspace).available == 10


WRONG = [
    ({"prompt": ""}, 400, "invalid_order", "prompt"),
    ({"prompt": "   "}, 400, "invalid_order", "prompt"),
    ({"prompt": "x" * 40_000}, 400, "invalid_order", "prompt"),
    ({"prompt": "a\x00b"}, 400, "invalid_request", "prompt"),
    ({"prompt": "half a pair \ud83d"}, 400, "invalid_request", "prompt"),
    ({"prompt": ["a"]}, 400, "invalid_request", "prompt"),
    ({}, 400, "invalid_request", "prompt"),
    ({"prompt": "a", "n": 0}, 400, "invalid_order", "n"),
    ({"prompt": "a", "n": 9}, 400, "invalid_order", "n"),
    ({"prompt": "a", "n": "many"}, 400, "invalid_request", "n"),
    ({"prompt": "a", "n": 10**30}, 400, "invalid_order", "n"),
    ({"prompt": "a", "model": "gpt-image-9"}, 404, "model_not_found", "model"),
    ({"prompt": "a", "model": "gpt-image-1"}, 410, "model_retired", "model"),
    ({"prompt": "a", "size": "1000x1000"}, 400, "invalid_order", "size"),
    ({"prompt": "a", "size": "huge"}, 400, "invalid_order", "size"),
    ({"prompt": "a", "quality": "best"}, 400, "invalid_order", "quality"),
    ({"prompt": "a", "output_format": "bmp"}, 400, "invalid_order", "output_format"),
    (
        {"prompt": "a", "output_format": "jpeg", "background": "transparent"},
        400,
        "invalid_order",
        "background",
    ),
    ({"prompt": "a", "references": ["rfe_nonsense"]}, 404, "reference_not_found", "references"),
    ({"prompt": "a", "references": "rfe_nonsense"}, 400, "invalid_request", "references"),
    ({"prompt": "a", "steps": 1}, 400, "invalid_request", "steps"),
    ({"prompt": "a", "\ud83d": 1}, 400, "invalid_request", "\\ud83d"),
    ({"prompt": "a", "max_credits": -1}, 400, "invalid_request", "max_credits"),
    ({"prompt": "a", "n": 4, "max_credits": 3}, 400, "max_credits_exceeded", "max_credits"),
    ({"prompt": "a", "n": 4, "quality": "max"}, 402, "insufficient_credits", None),
    ([], 400, "invalid_request", None),
]


@pytest.mark.parametrize(("asked", "status", "code", "param"), WRONG, ids=lambda value: str(value)[:40])
def test_what_makes_no_sense_is_refused_and_costs_nothing(
    api, funded, workspace, problem, asked, status, code, param
):
    answer = api.generic("POST", "/api/v1/generations", json.dumps(asked), content_type="application/json")
    assert answer.status_code == status
    said = problem(answer)
    assert said["code"] == code
    assert said.get("param") == param
    assert said["detail"].endswith(".")
    assert balance.for_workspace(workspace).available == 10
    assert not Generation.objects.exists()


def test_a_retired_model_names_what_replaces_it(api, funded, problem):
    said = problem(api.post("/api/v1/generations", {"prompt": "a", "model": "gpt-image-1"}))
    assert said["replacement"] == "gpt-image-2.5-flare"
    assert "gpt-image-2.5-flare" in said["detail"]


def test_too_few_credits_say_how_many_there_are(api, funded, problem):
    said = problem(api.post("/api/v1/generations", {"prompt": "a", "n": 4, "quality": "max"}))
    assert (said["available"], said["needed"]) == (10, 44)


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        ("{", "application/json", 400, "malformed_body"),
        ("prompt=a", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        ("<a/>", "text/xml", 415, "unsupported_media_type"),
        ('{"prompt": NaN}', "application/json", 400, "malformed_body"),
    ],
)
def test_a_body_that_can_not_be_read_is_refused(api, funded, problem, body, kind, status, code):
    answer = api.generic("POST", "/api/v1/generations", body, content_type=kind)
    assert answer.status_code == status
    assert problem(answer)["code"] == code


def test_a_foreign_generation_is_like_none(api, foreign_api, funded, problem):
    made = api.post("/api/v1/generations", ASKED).json()
    for verb, path in (("get", ""), ("post", "/cancel")):
        answer = getattr(foreign_api, verb)(f"/api/v1/generations/{made['id']}{path}")
        assert answer.status_code == 404
        assert problem(answer)["code"] == "not_found"
    assert Image.objects.filter(status="waiting").count() == 2


def test_a_page_costs_the_same_however_long(api, funded, django_assert_num_queries):
    for _ in range(3):
        api.post("/api/v1/generations", {"prompt": "a"})
    with django_assert_num_queries(
        11
    ):  # token, count, generations, images, places; the catalog, which else is kept
        assert len(api.get("/api/v1/generations").json()["data"]) == 3


def test_making_images_needs_its_scope(program, workspace, alice, funded, problem):
    reader = program(workspace, alice, [Scope.IMAGES_READ])
    assert reader.post("/api/v1/generations", ASKED).status_code == 403
    assert reader.post("/api/v1/quotes", ASKED).status_code == 200
    assert not Generation.objects.exists()


@pytest.mark.parametrize(
    ("asked", "param", "words"),
    [
        ({"size": "1000x1000"}, "size", "992x992 would work"),
        ({"size": "4096x1024"}, "size", "too large"),
        ({"size": "3200x960"}, "size", "too narrow"),
        ({"size": "256x256"}, "size", "too small"),
        ({"size": "large"}, "size", "width x height"),
        ({"model": "gpt-image-2", "background": "transparent"}, "background", "it supports: auto, opaque"),
        ({"background": "transparent", "output_format": "jpeg"}, "background", "JPEG has no transparency"),
        ({"output_format": "gif"}, "output_format", "it supports: png, jpeg, webp"),
        ({"output_compression": 50}, "output_compression", "PNG is lossless"),
    ],
)
def test_it_says_in_words_what_a_model_can_not_do(
    api, problem, workspace, fund, catalog, asked, param, words
):
    fund(workspace, 10)
    told = problem(api.post("/api/v1/quotes", {"prompt": "a fox", **asked}))
    assert told["param"] == param
    assert words in told["detail"]
    assert balance.for_workspace(workspace).available == 10


def test_a_size_of_ones_own_is_quoted_and_ordered_as_asked(api, workspace, fund, catalog):
    fund(workspace, 10)
    asked = {"prompt": "a fox", "size": "1280x960", "background": "transparent", "output_format": "webp"}
    quoted = api.post("/api/v1/quotes", asked).json()
    ordered = api.post("/api/v1/generations", asked).json()
    assert ordered["quote"]["credits"] == quoted["credits"]
    generation = workspace.generations.get()
    assert (generation.width, generation.height) == (1280, 960)
    assert (generation.background, generation.output_format) == ("transparent", "webp")
