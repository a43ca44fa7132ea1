"""The catalog for programs: kept and asked about again, with a schema that agrees with what is refused."""

import itertools

import jsonschema
import pytest

from generation.catalog import cache
from generation.models import ImageModel
from tests.support import rate_limits

pytestmark = pytest.mark.django_db
MODEL = "/api/v1/models/gpt-image-2.5-flare"


@pytest.fixture
def models(api, catalog):
    return api.get("/api/v1/models").json()["data"]


@pytest.mark.parametrize("address", ["/api/v1/models", MODEL])
def test_what_one_has_is_not_sent_again(api, catalog, address):
    first = api.get(address)
    assert first["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= {name.strip() for name in first["Vary"].split(",")}
    again = api.get(address, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["X-Request-Id"]
    assert api.get(address, HTTP_IF_NONE_MATCH=f'"other", W/{first["ETag"]}').status_code == 304
    assert api.get(address, HTTP_IF_NONE_MATCH='"other"').status_code == 200


def test_what_changed_is_sent(api, catalog):
    tag = api.get(MODEL)["ETag"]
    ImageModel.objects.filter(pk="gpt-image-2.5-flare").update(summary="Another one")
    cache.invalidate()
    answer = api.get(MODEL, HTTP_IF_NONE_MATCH=tag)
    assert answer.status_code == 200
    assert answer["ETag"] != tag
    cache.invalidate()


def test_nobody_without_a_token_learns_whether_it_holds(api, client, catalog):
    tag = api.get(MODEL)["ETag"]
    assert client.get(MODEL, headers={"If-None-Match": tag}).status_code == 401


def test_a_refusal_is_never_charged_and_every_model_says_so(models):
    assert {model["refusals"]["charged"] for model in models} == {False}
    assert all("never charged" in model["refusals"]["policy"] for model in models)


def test_every_schema_is_one(models):
    for model in models:
        jsonschema.Draft202012Validator.check_schema(model["parameters"])
        defaults = {
            name: one["default"]
            for name, one in model["parameters"]["properties"].items()
            if "default" in one
        }
        if model["stage"] in {"live", "deprecated"}:
            assert jsonschema.Draft202012Validator(model["parameters"]).is_valid(
                {"prompt": "a bell", **defaults}
            ), model["id"]


VALUES = {
    "size": ["auto", "1024x1024", "1536x1024", "2048x2048", "10x10x10", "large", 5],
    "quality": ["auto", "low", "medium", "high", "max", "fine", None],
    "background": ["auto", "opaque", "transparent", "green"],
    "output_format": ["png", "jpeg", "webp", "gif", None],
    "output_compression": [0, 50, 100, 101, None],
    "moderation": ["auto", "low", "none"],
    "n": [0, 1, 4, 5, 99, None],
    "prompt": ["", " ", "a bell", 5],
    "references": [[], None],
}
PAIRS = [("background", "output_format"), ("output_format", "output_compression")]


def orders(names):
    for values in itertools.product(*(VALUES[name] for name in names)):
        yield {"prompt": "a bell", **dict(zip(names, values, strict=True))}


def test_the_schema_refuses_what_is_refused_and_takes_what_is_taken(api, models, workspace, fund):
    fund(workspace, 10_000)
    rate_limits.allow(10_000)
    wrong = []
    for model in (one for one in models if one["stage"] == "live"):
        schema = jsonschema.Draft202012Validator(model["parameters"])
        tried = [order for names in [*((name,) for name in VALUES), *PAIRS] for order in orders(names)]
        for order in tried:
            body = {"model": model["id"], **order}
            answer = api.post("/api/v1/quotes", body, format="json")
            if schema.is_valid(body) != (answer.status_code == 200):
                wrong.append(f"{body}: {answer.status_code} {answer.json().get('detail')}")
    assert not wrong, "\n".join(wrong[:30])


def test_references_and_masks_are_as_many_as_the_model_takes(models):
    for model in models:
        schema = jsonschema.Draft202012Validator(model["parameters"])
        many = [f"rfe_{number}" for number in range(model["max_references"] + 1)]
        assert not schema.is_valid({"prompt": "a bell", "references": many})
        assert schema.is_valid({"prompt": "a bell", "references": many[1:]})
        masked = {"prompt": "a bell", "references": many[:1], "mask": "rfe_m"}
        assert schema.is_valid(masked) == model["supports_mask"]
        assert not schema.is_valid({"prompt": "a bell", "mask": "rfe_m"})
