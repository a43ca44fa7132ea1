import base64
import io
import json
import socket
import time
from urllib.parse import urlsplit

import httpx
import openai
import pytest
from PIL import Image

MODEL = "gpt-image-2.5-flare"
LIMITED = (
    r"for gpt-image-2.5-flare \(for limit gpt-image\) in organization org-\w+ on input-images per min: "
    r"Limit 5, Used 5, Requested 3\. Please try again in "
)


def png(shade):
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (shade, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def client(twin, control):
    with openai.OpenAI(
        base_url=f"{twin}/openai/v1", api_key="sk-test-0001", max_retries=0, timeout=5
    ) as client:
        yield client


@pytest.fixture
def raw(twin, control):
    """One image order as a plain HTTP client sends it."""

    def post(prompt="x", **order):
        with httpx.Client(timeout=5, trust_env=False) as client:
            return client.post(
                f"{twin}/openai/v1/images/generations",
                json={"model": MODEL, "prompt": prompt, "quality": "low", **order},
                headers={"Authorization": "Bearer sk-1"},
            )

    return post


def script(control, **rule):
    control.post("/openai/script", json=[rule]).raise_for_status()


@pytest.mark.parametrize("stage", ["input", "output"])
def test_moderation_refuses_with_stage_and_categories(client, stage):
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(model=MODEL, prompt=f"a cat test:moderation_{stage}")
    assert (caught.value.type, caught.value.code) == ("image_generation_user_error", "moderation_blocked")
    assert caught.value.body["message"].endswith("safety_violations=[violence]")
    assert caught.value.body["moderation_details"] == {"moderation_stage": stage, "categories": ["violence"]}


def test_moderation_of_the_output_ends_a_stream_with_an_error(client):
    with pytest.raises(openai.APIError, match="safety system"):
        list(
            client.images.generate(
                model=MODEL, prompt="test:moderation_output", stream=True, partial_images=2
            )
        )


def test_a_limit_counts_references_over_all_models(client, control):
    control.post("/openai/limit", json={"input_images": 5}).raise_for_status()

    def edit(count, model=MODEL):
        files = [(f"{at}.png", png(at)) for at in range(count)]
        return client.images.with_raw_response.edit(model=model, prompt="x", image=files, quality="low")

    assert edit(3).headers["x-ratelimit-remaining-input-images"] == "2"
    assert edit(2, "gpt-image-2").headers["x-ratelimit-limit-input-images"] == "5"
    with pytest.raises(openai.RateLimitError, match=LIMITED) as caught:
        edit(3)
    assert 0 < int(caught.value.response.headers["retry-after"]) <= 60
    assert caught.value.type == "input-images"
    assert client.images.generate(model=MODEL, prompt="x", quality="low").data
    control.post("/openai/limit", json={"input_images": 5}).raise_for_status()
    with pytest.raises(openai.RateLimitError, match="Limit 5, Requested 6"):
        edit(6)
    assert control.post("/openai/limit", json={"input_images": 0}).status_code == 400


def test_what_is_made_may_be_billed_and_never_come(client, control):
    script(control, do="made_then_status", status=524)
    with pytest.raises(openai.InternalServerError) as caught:
        client.images.generate(model=MODEL, prompt="a cat", quality="low")
    assert (caught.value.status_code, caught.value.response.text[:6]) == (524, "<html>")
    (call,) = control.get("/openai/log").json()["calls"]
    assert (call["billed"]["output_tokens"], call["images"]) == (196, [])


@pytest.mark.parametrize("name", ["organization", "project"])
def test_a_key_of_another_organization_is_refused(twin, control, name):
    for value in ("", "of-somebody-else"):
        answer = httpx.get(
            f"{twin}/openai/v1/models",
            headers={"Authorization": "Bearer sk-1", f"OpenAI-{name}": value},
            trust_env=False,
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, f"mismatched_{name}")


def test_rate_limits_carry_retry_after_and_may_end(client):
    for _ in range(2):
        with pytest.raises(openai.RateLimitError) as caught:
            client.images.generate(model=MODEL, prompt="test:rate_limit=2")
        assert caught.value.response.headers["retry-after"] == "1"
    assert client.images.generate(model=MODEL, prompt="test:rate_limit=2").data


def test_a_script_matches_and_is_used_up(client, control):
    script(
        control,
        match={"prompt": "cat", "model": MODEL},
        times=1,
        skip=1,
        do="status",
        status=503,
        headers={"Retry-After": "7"},
    )
    assert client.images.generate(model=MODEL, prompt="a cat").data
    with pytest.raises(openai.InternalServerError) as caught:
        client.images.generate(model=MODEL, prompt="a cat")
    assert caught.value.response.headers["retry-after"] == "7"
    assert client.images.generate(model=MODEL, prompt="a cat").data


def test_nonsense_in_a_script_is_refused(control):
    answer = control.post("/openai/script", json=[{"do": "explode"}])
    assert answer.status_code == 400
    assert "explode" in answer.json()["error"]


@pytest.mark.parametrize("rule", [{"do": "reset"}, {"do": "reset", "at": 20_000}])
def test_reset_kills_the_connection(raw, control, rule):
    script(control, **rule)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        raw()
    (call,) = control.get("/openai/log").json()["calls"]
    assert (call["complete"], call["images"], call["fault"]) == (False, [], "reset")


def test_truncate_ends_the_body_too_early(raw, control):
    script(control, do="truncate")
    with pytest.raises(httpx.RemoteProtocolError):
        raw()


@pytest.mark.parametrize(("do", "expected"), [("html", b"<html>"), ("empty", b"")])
def test_bodies_that_are_no_json(raw, control, do, expected):
    script(control, do=do)
    assert raw().content[:6] == expected


def test_huge_sends_as_much_as_told(raw, control):
    script(control, do="huge", bytes=3_000_000)
    assert len(raw().content) > 3_000_000


def test_drip_is_slow_but_right(raw, control):
    script(control, do="drip", bytes=20_000, seconds=0.01)
    assert raw(output_format="jpeg").json()["data"]


def test_hang_says_nothing(twin, control):
    script(control, do="hang")
    with httpx.Client(timeout=0.3, trust_env=False) as client, pytest.raises(httpx.ReadTimeout):
        client.post(
            f"{twin}/openai/v1/images/generations",
            json={"prompt": "x"},
            headers={"Authorization": "Bearer sk-1"},
        )


def test_delay_answers_later(raw, control):
    script(control, do="delay", seconds=0.2)
    start = time.monotonic()
    assert raw().status_code == 200
    assert time.monotonic() - start >= 0.2


def test_wrong_pictures(raw, control):
    def picture(**rule):
        script(control, **rule)
        data = raw(background="transparent" if rule["do"] == "no_alpha" else "auto").json()["data"]
        return Image.open(io.BytesIO(base64.b64decode(data[0]["b64_json"])))

    assert picture(do="wrong_size", size="992x992").size == (992, 992)
    assert picture(do="wrong_format").format == "JPEG"
    assert picture(do="no_alpha").mode == "RGB"
    with pytest.raises(OSError, match=r"."):
        picture(do="corrupt").load()


def test_wrong_count_and_bad_base64(raw, control):
    script(control, do="wrong_count")
    assert raw(n=2).json()["data"][1:] == []
    script(control, do="bad_base64")
    assert "!" in raw().json()["data"][0]["b64_json"]


def test_a_stream_may_die_after_a_preview(client, control):
    script(control, do="partial_then_reset")
    events = client.images.generate(model=MODEL, prompt="dunes", stream=True, partial_images=2)
    assert next(events).type == "image_generation.partial_image"
    with pytest.raises(openai.APIConnectionError):
        next(events)


def test_half_a_call_is_none(raw, control, twin):
    script(control, do="status", status=503)
    order = json.dumps({"model": MODEL, "prompt": "x"}).encode()
    address = urlsplit(twin)
    head = f"POST /openai/v1/images/generations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk-1\r\nContent-Length: {len(order)}\r\n\r\n"
    with socket.create_connection((address.hostname, address.port)) as wire:
        wire.sendall(head.encode() + order[:-1])
    assert raw().status_code == 503
    assert [call["status"] for call in control.get("/openai/log").json()["calls"]] == [503]


@pytest.mark.parametrize(
    ("do", "code", "words"),
    [
        ("not_enabled", "model_not_found", "does not have access to model"),
        ("unverified", None, "must be verified"),
    ],
)
def test_one_model_may_be_refused_while_others_go_on(client, control, do, code, words):
    script(control, do=do, times=0, match={"model": MODEL})
    with pytest.raises(openai.PermissionDeniedError, match=words) as caught:
        client.images.generate(model=MODEL, prompt="a cat")
    assert (caught.value.code, caught.value.param, caught.value.type) == (code, None, "invalid_request_error")
    assert client.images.generate(model="gpt-image-2", prompt="a cat").data
    listed = [one.id for one in client.models.list()]
    assert "gpt-image-2" in listed
    assert (MODEL in listed) is (do == "unverified")
    if do == "not_enabled":
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve(MODEL)
    else:
        assert client.models.retrieve(MODEL).id == MODEL
