"""What a client leaves out, or says `auto` to, has a default with every model on offer, on every surface."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from billing.models import PricingTier
from generation.catalog import cache as rows
from generation.models import Generation
from tests.api.openai.test_edits import picture
from tests.support import rate_limits

SAID = ({}, {"size": "auto"}, {"quality": "auto"})


@pytest.fixture
def funded(workspace, fund):
    fund(workspace, 2000)
    rate_limits.allow(100_000)
    PricingTier.objects.update(images_in_flight=10_000)
    return workspace


@pytest.fixture
def chosen(catalog):
    """The size that each model on offer has to say that it chose."""
    offered = rows.load().offered()
    assert len(offered) >= 12
    return {model.slug: model.sizes[0] for model in offered}


def test_the_quote_says_what_it_chose(api, funded, chosen):
    for model, size in chosen.items():
        for said in SAID:
            order = {"prompt": "a fox", "model": model, **said}
            answer = api.post("/api/v1/quotes", order)
            assert answer.status_code == 200, (order, answer.content)
            body = answer.json()
            assert (body["model"], body["size"]) == (model, size)
            assert body["quality"] != "auto"
            if size != "auto":
                assert body["credits"] == api.post("/api/v1/quotes", order | {"size": size}).json()["credits"]


def test_an_order_says_what_it_chose(api, funded, chosen):
    for model, size in chosen.items():
        for said in SAID:
            answer = api.post("/api/v1/generations", {"prompt": "a fox", "model": model, **said})
            assert answer.status_code == 202, (model, said, answer.content)
            assert answer.json()["size"] == size
            assert answer.json()["quality"] != "auto"


def test_a_batch_takes_every_model(api, funded, chosen):
    lines = [{"prompt": "a fox", "model": model, **said} for model in chosen for said in SAID]
    answer = api.post("/api/v1/batches", {"rows": lines})
    assert answer.status_code == 202, answer.content
    assert answer.json()["images"] == len(lines)
    for model in chosen:
        for said in SAID:
            made = api.post("/api/v1/batches", {"rows": [{"prompt": "a fox"}], "model": model, **said})
            assert made.status_code == 202, (model, said, made.content)
    made = Generation.objects.exclude(batch=None)
    assert {(one.model_id, f"{one.width}x{one.height}" if one.width else "auto") for one in made} == set(chosen.items())  # fmt: skip


def test_openais_clients_need_no_size(openai, live, funded, chosen):
    edited = {model.slug for model in rows.load().offered() if model.max_references}
    file = ("cat.png", picture())
    jobs = [(openai.images.generate, {"model": model, **said}) for model in chosen for said in SAID]
    jobs += [
        (openai.images.edit, {"model": model, "image": file, **said}) for model in edited for said in SAID
    ]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda job: job[0](prompt="a fox", **job[1]), jobs))
    for (_, said), answer in zip(jobs, answers, strict=True):
        assert len(answer.data) == 1
        assert answer.size in {chosen[said["model"]], "1024x1024"}
