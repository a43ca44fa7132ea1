"""Dated versions are other names of their models on every surface; ids that end name what comes after them."""

from typing import get_args

import openai as sdk
import pytest

from billing.ledger import balance
from generation.models import Generation, ModelPreference
from generation.seeds import MODELS

SNAPSHOTS = {
    "gpt-image-2-2026-04-21": "gpt-image-2",
    "gpt-image-2.5-flare-2026-09-08": "gpt-image-2.5-flare",
    "gpt-image-2.5-sunburst-2026-09-08": "gpt-image-2.5-sunburst",
}
ENDING = ["gpt-image-1.5", "gpt-image-1-mini", "chatgpt-image-latest"]
DATED = ["gpt-image-1.5-2025-12-16", "gpt-image-1-mini-2025-10-06"]
NEW = "gpt-image-2.5-flare"
ORDER = {"prompt": "a fox", "size": "1024x1024", "quality": "low"}


def test_every_id_of_the_client_is_known_here():
    """What the installed client has as a model is a model here, or another name of one."""
    known = {name for entry in MODELS for name in (entry.row["slug"], *entry.row.get("aliases", ()))}
    assert {*get_args(sdk.types.ImageModel)} <= known


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_a_snapshot_is_quoted_and_ordered_as_its_model(api, fund, workspace, catalog, name):
    fund(workspace, 100)
    quoted = api.post("/api/v1/quotes", {**ORDER, "model": name}).json()
    assert (
        quoted["credits"] == api.post("/api/v1/quotes", {**ORDER, "model": SNAPSHOTS[name]}).json()["credits"]
    )
    made = api.post("/api/v1/generations", {**ORDER, "model": name}).json()
    assert (made["model"], made["requested_model"]) == (SNAPSHOTS[name], name)
    assert api.get(f"/api/v1/models/{name}").json() == api.get(f"/api/v1/models/{SNAPSHOTS[name]}").json()
    assert name in api.get(f"/api/v1/models/{name}").json()["aliases"]


def test_a_batch_takes_a_snapshot(api, fund, workspace, catalog):
    fund(workspace, 100)
    name = "gpt-image-2-2026-04-21"
    body = {"rows": [{"prompt": "a fox"}], "model": name, "quality": "low", "size": "1:1"}
    assert api.post("/api/v1/batches", body, format="json").status_code == 202
    generation = Generation.objects.get()
    assert (generation.model_id, generation.requested_model) == ("gpt-image-2", name)


def test_openai_s_client_may_say_a_snapshot(openai, workspace, upstream):
    name = "gpt-image-2.5-flare-2026-09-08"
    assert openai.models.retrieve(name).id == name
    openai.images.generate(model=name, prompt="a fox", quality="low", size="1024x1024")
    generation = Generation.objects.get()
    assert (generation.model_id, generation.requested_model) == (NEW, name)
    assert [call["model"] for call in upstream.calls()] == [NEW]
    assert balance.for_workspace(workspace).available == 49


def test_the_studio_and_the_pages_know_a_snapshot(client_for, alice, fund, workspace, catalog, client):
    fund(workspace, 100)
    page = client_for(alice).get("/studio?model=gpt-image-2-2026-04-21").content.decode()
    assert "GPT Image 2" in page.split('name="model"')[1][:2_000]
    answer = client.get("/models/gpt-image-2-2026-04-21")
    assert (answer.status_code, answer["Location"]) == (302, "/models/gpt-image-2")


@pytest.mark.parametrize("moment", ["2026-11-30T12:00:00Z", "2026-12-01T00:00:01Z"])
@pytest.mark.parametrize("name", [*ENDING, *DATED])
def test_an_id_that_ends_names_what_comes_after_it(api, fund, workspace, catalog, time_machine, name, moment):
    time_machine.move_to(moment)
    fund(workspace, 100)
    for address in ("/api/v1/quotes", "/api/v1/generations"):
        answer = api.post(address, {**ORDER, "model": name})
        assert answer.status_code == 410
        told = answer.json()
        assert told["code"] == "model_retired"
        assert f"Use {NEW} instead; nothing was charged." in told["detail"]
        assert "1 December 2026" in told["detail"]
    shown = api.get(f"/api/v1/models/{name}").json()
    assert (shown["stage"], shown["status"], shown["replacement"]) == ("retired", "retired", NEW)
    assert "1 December 2026" in shown["status_reason"]
    assert balance.for_workspace(workspace).available == 100


@pytest.mark.parametrize("name", [*ENDING, *DATED])
def test_openai_s_client_is_told_so(openai, workspace, name):
    for ask in (
        lambda: openai.models.retrieve(name),
        lambda: openai.images.generate(model=name, prompt="a fox"),
    ):
        with pytest.raises(sdk.NotFoundError, match=NEW) as caught:
            ask()
        assert caught.value.code == "model_not_found"
    assert balance.for_workspace(workspace).available == 50


def test_with_consent_the_replacement_answers_for_it(api, fund, workspace, catalog):
    fund(workspace, 100)
    ModelPreference.objects.create(workspace=workspace, use_replacements=True)
    made = api.post("/api/v1/generations", {**ORDER, "model": "gpt-image-1-mini"}).json()
    assert (made["model"], made["requested_model"]) == (NEW, "gpt-image-1-mini")
    body = {"rows": [{"prompt": "a hare"}], "model": "gpt-image-1.5", "quality": "low", "size": "1:1"}
    assert api.post("/api/v1/batches", body, format="json").status_code == 202
    generation = Generation.objects.get(prompt="a hare")
    assert (generation.model_id, generation.requested_model) == (NEW, "gpt-image-1.5")


def test_pages_say_that_it_ends_until_it_has(client, catalog, time_machine):
    time_machine.move_to("2026-11-30T12:00:00Z")
    assert "Ends 1 December 2026" in client.get("/models/gpt-image-1.5").content.decode()
    assert (
        "gpt-image-1.5: ends on 1 December 2026; use gpt-image-2.5-flare."
        in client.get("/llms.txt").content.decode()
    )
    time_machine.move_to("2026-12-02T12:00:00Z")
    assert "Retired 1 December 2026" in client.get("/models/gpt-image-1.5").content.decode()


@pytest.mark.parametrize(
    "name", ["gpt-image-2-2026-04-22", "gpt-image-9-2026-04-21", "gpt-image-1-20250423", "-2026-04-21"]
)
def test_a_dated_id_of_no_retired_model_is_none(api, catalog, name):
    assert api.post("/api/v1/quotes", {**ORDER, "model": name}).json()["code"] == "model_not_found"
    assert api.get(f"/api/v1/models/{name}").status_code == 404
