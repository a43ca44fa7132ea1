"""OpenAI's own client against the live process, a real worker and the twin."""

import base64
import hashlib

import openai as sdk
import pytest

from billing.ledger import balance
from generation.models import Generation, Image

MODEL = "gpt-image-2.5-flare"


def test_an_image_comes_as_from_openai(openai, workspace, upstream):
    answer = openai.images.generate(model=MODEL, prompt="a lighthouse", quality="low", size="1024x1024")
    assert len(answer.data) == 1
    data = base64.b64decode(answer.data[0].b64_json)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert hashlib.sha256(data).digest() == bytes(Image.objects.get().sha256)
    assert (answer.size, answer.quality, answer.output_format) == ("1024x1024", "low", "png")
    assert answer.background == "opaque"
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens > 0
    assert answer.usage.output_tokens_details.image_tokens == answer.usage.output_tokens
    assert answer.data[0].url is None
    assert answer._request_id.startswith("req_")
    assert balance.for_workspace(workspace).available == 49
    assert len(upstream.calls()) == 1


def test_a_default_stands_for_whatever_is_not_said(openai):
    answer = openai.images.generate(prompt="a lighthouse")
    assert len(answer.data) == 1
    assert Generation.objects.get().model_id == MODEL


def test_four_images_come_in_one_answer(openai, workspace):
    answer = openai.images.generate(prompt="a lighthouse", n=4, output_format="webp", output_compression=50)
    assert [base64.b64decode(one.b64_json)[8:12] for one in answer.data] == [b"WEBP"] * 4
    assert answer.output_format == "webp"
    assert balance.for_workspace(workspace).available == 46


def test_an_address_comes_beside_the_picture(openai, live):
    answer = openai.images.generate(prompt="a lighthouse", response_format="url")
    assert answer.data[0].b64_json
    assert answer.data[0].url.startswith(f"{live.url}/files/img_")


def test_models_are_those_that_take_orders(openai):
    listed = {model.id: model for model in openai.models.list()}
    assert MODEL in listed
    assert "gpt-image-1" not in listed
    assert listed[MODEL].object == "model"
    assert openai.models.retrieve(MODEL) == listed[MODEL]


@pytest.mark.parametrize("model", ["gpt-image-9", "gpt-image-1"])
def test_a_model_that_is_not_there_is_not_found(openai, workspace, model):
    with pytest.raises(sdk.NotFoundError) as caught:
        openai.images.generate(model=model, prompt="a lighthouse")
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")
    with pytest.raises(sdk.NotFoundError):
        openai.models.retrieve(model)
    assert balance.for_workspace(workspace).available == 50


def test_a_retired_model_names_what_replaces_it(openai):
    with pytest.raises(sdk.NotFoundError, match=MODEL):
        openai.images.generate(model="gpt-image-1", prompt="a lighthouse")


def test_too_few_credits_are_no_quota_and_not_tried_again(openai, workspace, upstream):
    with pytest.raises(sdk.RateLimitError) as caught:
        openai.images.generate(prompt="a lighthouse", n=4, quality="max", size="2048x2048")
    assert (caught.value.code, caught.value.type) == ("insufficient_quota", "insufficient_quota")
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert caught.value.response.request.headers["x-stainless-retry-count"] == "0"
    assert balance.for_workspace(workspace).available == 50
    assert upstream.calls() == []


@pytest.mark.parametrize("stage", ["moderation_input", "moderation_output"])
def test_a_refused_prompt_is_blocked_and_costs_nothing(openai, workspace, stage):
    with pytest.raises(sdk.BadRequestError) as caught:
        openai.images.generate(prompt=f"test:{stage}")
    assert (caught.value.code, caught.value.type) == ("moderation_blocked", "image_generation_user_error")
    assert "safety_violations=[violence]" in caught.value.message
    assert "Nothing was charged" in caught.value.message
    assert balance.for_workspace(workspace).available == 50


def test_our_own_check_answers_like_a_provider_and_asks_none(openai, upstream, workspace):
    with pytest.raises(sdk.BadRequestError) as caught:
        openai.images.generate(prompt="a knight, dismembered", n=2)
    assert (caught.value.code, caught.value.type) == ("moderation_blocked", "image_generation_user_error")
    assert "Our own check stopped this before it was sent to the provider" in caught.value.message
    assert "safety_violations=[violence/graphic]" in caught.value.message
    details = {"moderation_stage": "input", "categories": ["violence/graphic"]}
    assert caught.value.body["moderation_details"] == details
    assert upstream.calls() == []
    assert balance.for_workspace(workspace).available == 50


def test_a_wrong_key_is_a_wrong_key(live):
    client = sdk.OpenAI(base_url=f"{live.url}/v1", api_key="sk-nonsense")
    with client, pytest.raises(sdk.AuthenticationError) as caught:
        client.images.generate(prompt="a lighthouse")
    assert caught.value.code == "invalid_api_key"


@pytest.mark.parametrize(
    ("asked", "code", "param"),
    [
        ({"prompt": ""}, "invalid_value", "prompt"),
        ({"prompt": "x" * 40_000}, "invalid_value", "prompt"),
        ({"n": 0}, "invalid_value", "n"),
        ({"n": 9}, "invalid_value", "n"),
        ({"n": 2.0}, None, None),
        ({"n": "2"}, "invalid_type", "n"),
        ({"n": "many"}, "invalid_type", "n"),
        ({"size": "1000x1000"}, "invalid_value", "size"),
        ({"quality": "hd"}, "invalid_value", "quality"),
        ({"style": "natural"}, "invalid_value", "style"),
        ({"style": "oil"}, "invalid_value", "style"),
        ({"response_format": "xml"}, "invalid_value", "response_format"),
        ({"extra_body": {"max_credits": 0}}, "max_credits_exceeded", "max_credits"),
        ({"extra_body": {"max_credits": -5}}, "invalid_value", "max_credits"),
        ({"extra_body": {"complexity": "low"}}, "unknown_parameter", "complexity"),
        ({"extra_body": {"frame_count": 4}}, "unknown_parameter", "frame_count"),
        ({"extra_body": {"svg": {"model": "x"}}}, "unknown_parameter", "svg"),
        ({"extra_body": {"input_fidelity": "high"}}, "unknown_parameter", "input_fidelity"),
        ({"extra_query": {"n": 4}}, "unknown_parameter", "n"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_an_invalid_request(openai, workspace, upstream, asked, code, param):
    if code is None:
        openai.images.generate(**{"prompt": "a lighthouse", **asked})
        return
    with pytest.raises(sdk.BadRequestError) as caught:
        openai.images.generate(**{"prompt": "a lighthouse", **asked})
    assert (caught.value.code, caught.value.param) == (code, param)
    assert caught.value.type == "invalid_request_error"
    assert balance.for_workspace(workspace).available == 50
    assert upstream.calls() == []


def test_a_failed_provider_is_a_server_error_and_not_tried_again_by_the_client(openai, workspace, upstream):
    upstream.script("corrupt", times=0)
    with pytest.raises(sdk.InternalServerError) as caught:
        openai.images.generate(prompt="a lighthouse")
    assert caught.value.code == "image_generation_failed"
    assert caught.value.response.request.headers["x-stainless-retry-count"] == "0"
    assert balance.for_workspace(workspace).available == 50


def test_a_size_of_ones_own_and_transparency_are_had_and_refused_as_the_model_can(openai, workspace):
    openai.images.generate(
        model=MODEL,
        prompt="a fox",
        quality="low",
        size="1280x960",
        background="transparent",
        output_format="webp",
    )
    generation = Generation.objects.get()
    assert (generation.width, generation.height, generation.background) == (1280, 960, "transparent")
    charged = balance.for_workspace(workspace).available
    for asked, param, words in (
        ({"size": "1000x1000"}, "size", "992x992 would work"),
        ({"model": "gpt-image-2", "background": "transparent"}, "background", "it supports: auto, opaque"),
        ({"background": "transparent", "output_format": "jpeg"}, "background", "JPEG has no transparency"),
    ):
        with pytest.raises(sdk.BadRequestError, match=words) as caught:
            openai.images.generate(prompt="a fox", **asked)
        assert caught.value.param == param
    assert balance.for_workspace(workspace).available == charged


def test_a_model_that_is_not_enabled_is_refused_clearly_and_another_works(openai, upstream, workspace):
    upstream.script("not_enabled", times=0, match={"model": "gpt-image-2"})
    with pytest.raises(sdk.InternalServerError) as first:
        openai.images.generate(model="gpt-image-2", prompt="a fox")
    assert first.value.code == "image_generation_failed"
    with pytest.raises(
        sdk.InternalServerError, match=r"unavailable right now\. Try .*; nothing was charged"
    ) as then:
        openai.images.generate(model="gpt-image-2", prompt="a fox")
    assert (then.value.status_code, then.value.code) == (503, "model_unavailable")
    assert openai.images.generate(model=MODEL, prompt="a fox", quality="low").data
    assert [call["model"] for call in upstream.calls()] == ["gpt-image-2", MODEL]
    assert (balance.for_workspace(workspace).available, balance.for_workspace(workspace).held) == (49, 0)
