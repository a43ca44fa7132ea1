"""A workspace's open streams are bounded, and each is given back however it ends."""

import time
from contextlib import suppress

import httpx
import openai as sdk
import pytest

from api.openai import open_streams
from billing.ledger import balance
from billing.models import PricingTier
from generation.models import Generation
from tests.api.openai.test_edits import picture

LEAST = 2
URL = "/v1/images/generations"


@pytest.fixture(autouse=True)
def few(transactional_db, monkeypatch):
    PricingTier.objects.update(images_in_flight=1)
    monkeypatch.setattr(open_streams, "LEAST", LEAST)
    monkeypatch.setattr("api.openai.streaming.EARLY", 0.1)
    assert not open_streams._open
    yield
    assert not open_streams._open


@pytest.fixture
def ask(live, api):
    """Open a stream with a plain client; the caller closes it."""
    clients = []

    def go(**about):
        client = httpx.Client(base_url=live.url, headers={"Authorization": f"Bearer {api.text}"}, timeout=30)
        clients.append(client)
        asked = {"prompt": "a lighthouse", "stream": True, "quality": "low"} | about
        return client.send(client.build_request("POST", URL, json=asked), stream=True)

    yield go
    for client in clients:
        client.close()
    until_closed()


def until_closed():
    deadline = time.monotonic() + 20
    while open_streams._open and time.monotonic() < deadline:
        time.sleep(0.05)


def test_one_too_many_is_refused_before_it_is_begun(openai, ask, workspace, upstream):
    upstream.script("delay", times=2, seconds=4)
    first, second = ask(), ask()
    assert first.status_code == second.status_code == 200
    with pytest.raises(sdk.RateLimitError) as refused:
        openai.with_options(max_retries=0).images.generate(prompt="a lighthouse", stream=True)
    assert refused.value.code == "rate_limit_exceeded"
    assert "this workspace can have 2" in refused.value.message
    assert refused.value.response.headers["Retry-After"] == "15"
    assert Generation.objects.count() == 2
    with pytest.raises(sdk.RateLimitError):
        openai.with_options(max_retries=0).images.edit(image=picture(), prompt="a lighthouse", stream=True)
    assert Generation.objects.count() == 2
    held = balance.for_workspace(workspace).held
    first.close()
    second.close()
    until_closed()
    assert list(openai.images.generate(prompt="a lighthouse", stream=True, quality="low"))
    assert held == 2


def test_whoever_leaves_gives_the_place_back_at_any_moment(live, openai, upstream):
    upstream.script("delay", times=10, seconds=2)
    for seconds in (0.0, 0.02, 0.1, 0.5, 1.0):
        with suppress(httpx.TimeoutException):
            httpx.post(
                f"{live.url}{URL}",
                json={"prompt": "a lighthouse", "stream": True, "quality": "low"},
                headers={"Authorization": f"Bearer {openai.api_key}"},
                timeout=httpx.Timeout(5, read=max(0.001, seconds)),
            )
        until_closed()
        assert not open_streams._open


def test_refusals_and_endings_give_it_back(openai):
    for _ in range(LEAST + 1):
        with pytest.raises(sdk.APIError):
            list(openai.images.generate(prompt="test:moderation_input", stream=True))
        with pytest.raises(sdk.BadRequestError):
            openai.images.generate(prompt="a fox", size="1x1", stream=True)
        with pytest.raises(sdk.BadRequestError):
            openai.images.edit(image=b"no image", prompt="a fox", stream=True)
        assert list(openai.images.generate(prompt="a lighthouse", stream=True, quality="low"))
    until_closed()


def test_calls_that_do_not_stream_are_not_counted(openai):
    assert [openai.images.generate(prompt="a fox", quality="low").data for _ in range(LEAST + 1)]


def test_a_tier_with_more_in_flight_has_more_streams():
    with open_streams.slot("a workspace", 3), open_streams.slot("a workspace", 3):
        with open_streams.slot("a workspace", 3), pytest.raises(open_streams.TooManyStreams):
            open_streams.slot("a workspace", 3).__enter__()
        with open_streams.slot("another", 0):
            pass
