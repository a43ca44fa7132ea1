"""Programs are told where they stand in line, and how a model works, before they ask anybody."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import PricingTier
from generation.catalog import cache as rows
from generation.models import Circuit, ModelHealth

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalog")]
ASKED = {"prompt": "a lighthouse", "quality": "low"}
MODEL = "gpt-image-2.5-flare"


@pytest.fixture
def funded(workspace, fund):
    fund(workspace, 20)
    PricingTier.objects.update(images_in_flight=1)


@pytest.fixture
def known(catalog):
    ModelHealth.objects.create(model_id=MODEL, status="struggling", reason="Some calls fail.", seconds=10.0)
    rows.invalidate()


def test_a_generation_tells_its_place_and_time(api, funded, known):
    first, second, third = (api.post("/api/v1/generations", ASKED).json() for _ in range(3))
    assert first["queue"] == {"position": 1, "estimated_seconds": 20}
    assert third["queue"] == {"position": 3, "estimated_seconds": 40}
    assert api.get(f"/api/v1/generations/{second['id']}").json()["queue"]["position"] == 2
    listed = api.get("/api/v1/generations").json()["data"]
    assert [one["queue"]["position"] for one in listed] == [3, 2, 1]
    api.post(f"/api/v1/generations/{first['id']}/cancel")
    assert api.get(f"/api/v1/generations/{first['id']}").json()["queue"] is None
    assert api.get(f"/api/v1/generations/{third['id']}").json()["queue"]["position"] == 2


def test_a_batch_tells_its_place_and_the_time_of_all_of_it(api, funded, known):
    body = {"rows": [{"prompt": f"a bell {n}"} for n in range(4)], "quality": "low"}
    batch = api.post("/api/v1/batches", body, format="json").json()
    assert batch["queue"] == {"position": 1, "estimated_seconds": 50}
    assert api.get("/api/v1/batches").json()["data"][0]["queue"] is None


@pytest.mark.django_db(transaction=True)
def test_both_lists_of_models_say_how_each_works(api, known):
    model = api.get(f"/api/v1/models/{MODEL}").json()
    assert (model["status"], model["status_reason"]) == ("struggling", "Some calls fail.")
    assert model["status_since"]
    other = api.get("/api/v1/models/gpt-image-2").json()
    assert (other["status"], other["status_since"]) == ("unknown", None)
    compatible = {one["id"]: one for one in json.loads(api.get("/v1/models").content)["data"]}
    assert compatible[MODEL]["status"] == "struggling"
    assert compatible[MODEL]["object"] == "model"


def test_a_model_that_can_t_be_called_is_refused_with_another_s_name(api, funded, problem):
    Circuit.objects.create(
        provider_id="openai",
        state="open",
        cause="key",
        probe_at=timezone.now() + timedelta(seconds=10),
    )
    rows.invalidate()
    refused = problem(api.post("/api/v1/generations", ASKED))
    assert (refused["status"], refused["code"]) == (503, "model_unavailable")
    assert "unavailable right now. Try flux" in refused["detail"]
    assert api.get("/api/v1/balance").json()["available"] == 20
