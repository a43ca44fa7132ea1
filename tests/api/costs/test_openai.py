"""What the answers of `/v1` say a call has cost, and the labels that a call may bring."""

import json

import httpx
import openai as sdk
import pytest

from api.openai import responses
from api.openai.parameters import ImageRequest
from billing.models import CreditPack
from generation.models import Generation
from tests.api.openai.test_edits import picture

NAMES = (
    "CreateIO-Generation",
    "CreateIO-Credits-Charged",
    "CreateIO-Credits-Available",
    "x-litellm-response-cost",
)
LABELS = {"external_id": "order-17", "metadata": {"customer": "17", "shelf": "Zürich"}}


def told(headers):
    return tuple(headers.get(name) for name in NAMES)


def cost_of(credits):
    cheapest = min(pack.amount / pack.credits for pack in CreditPack.objects.filter(is_active=True))
    return pytest.approx(credits * cheapest / 100, abs=1e-6)


def test_an_answer_tells_what_it_cost(openai):
    raw = openai.images.with_raw_response.generate(prompt="a lighthouse", n=2)
    name, charged, available, dollars = told(raw.headers)
    assert (name, charged, available) == (Generation.objects.get().public_id, "2", "48")
    assert float(dollars) == cost_of(2)


def test_telling_it_takes_no_query_more(openai, django_assert_num_queries):
    """One reads the images with the figures, one the usage that the provider has told, as before."""
    openai.images.generate(prompt="a lighthouse")
    made = Generation.objects.get().pk
    with django_assert_num_queries(2):
        _, cost = responses.images_response(made, ImageRequest("a lighthouse"))
    assert (cost.charged, cost.available) == (1, 49)


def test_a_call_that_joins_is_told_the_same(openai, live, api):
    def ask():
        return openai.images.with_raw_response.generate(
            prompt="a lighthouse", extra_headers={"Idempotency-Key": "one"}
        )

    first, again = ask(), ask()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert told(first.headers) == told(again.headers)


def test_an_error_tells_that_it_cost_nothing(openai):
    with pytest.raises(sdk.BadRequestError) as caught:
        openai.images.generate(prompt="test:moderation_input")
    name = Generation.objects.get().public_id
    assert told(caught.value.response.headers) == (name, "0", "50", "0")


def test_what_began_nothing_tells_nothing(openai):
    with pytest.raises(sdk.BadRequestError) as caught:
        openai.images.generate(prompt="")
    assert told(caught.value.response.headers) == (None,) * 4


def test_a_stream_tells_it_at_its_end(openai, upstream):
    upstream.script("delay", seconds=0.3)
    raw = openai.images.with_raw_response.generate(prompt="a lighthouse", n=2, stream=True)
    name = Generation.objects.get().public_id
    assert told(raw.headers) == (name, "0", "48", "0")
    events = [event for event in raw.parse() if event.type == "image_generation.completed"]
    last = events[-1].model_extra["createio"]
    assert {**last, "response_cost": 0} == {
        "generation": name,
        "credits_charged": 2,
        "credits_available": 48,
        "response_cost": 0,
    }
    assert last["response_cost"] == cost_of(2)


def test_a_stream_that_fails_at_once_tells_it_too(openai):
    with pytest.raises(sdk.BadRequestError) as caught:
        openai.images.generate(prompt="test:moderation_input", stream=True)
    assert told(caught.value.response.headers)[1:] == ("0", "50", "0")


def test_a_call_keeps_its_labels(openai):
    openai.images.generate(prompt="a lighthouse", extra_body=LABELS)
    generation = Generation.objects.get()
    assert {"external_id": generation.external_id, "metadata": generation.metadata} == LABELS


def test_an_edit_s_form_keeps_them_too(openai):
    openai.images.edit(prompt="a lighthouse", image=picture(), extra_body=LABELS)
    generation = Generation.objects.get()
    assert {"external_id": generation.external_id, "metadata": generation.metadata} == LABELS


def test_a_form_may_have_them_as_json(live, api, workspace, fund):
    fund(workspace, 5)
    answer = httpx.post(
        f"{live.url}/v1/images/edits",
        headers={"Authorization": f"Bearer {api.text}"},
        data={
            "prompt": "a lighthouse",
            "metadata": json.dumps(LABELS["metadata"]),
            "seed": "4294967295",
            "model": "flux-2-pro",
        },
        files={"image": ("a.png", picture())},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    generation = Generation.objects.get()
    assert (generation.metadata, generation.seed) == (LABELS["metadata"], 4294967295)


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"metadata": "text"}, "metadata"),
        ({"metadata": {"n": 1}}, "metadata.n"),
        ({"metadata": {"k" * 41: "v"}}, "metadata"),
        ({"external_id": 17}, "external_id"),
        ({"external_id": "x" * 121}, "external_id"),
        ({"seed": 1}, "seed"),
    ],
)
def test_labels_that_can_t_be_kept_are_refused(openai, said, param):
    with pytest.raises(sdk.BadRequestError) as caught:
        openai.images.generate(prompt="a lighthouse", extra_body=said)
    assert caught.value.param == param
    assert not Generation.objects.exists()


def test_the_same_call_with_other_labels_is_another_call(openai):
    for number in range(2):
        openai.images.generate(
            prompt="a lighthouse",
            extra_body={"metadata": {"n": str(number)}},
            extra_headers={"x-stainless-retry-count": str(number)},
        )
    assert Generation.objects.count() == 2
