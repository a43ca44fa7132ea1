"""Streams of OpenAI's own client."""

import base64

import openai as sdk
import pytest

from billing.ledger import balance
from generation.models import Image


def test_a_picture_is_shown_while_it_is_made(openai, workspace, upstream):
    upstream.script("delay", seconds=0.2)
    events = list(openai.images.generate(prompt="a lighthouse", stream=True, partial_images=2, quality="low"))
    kinds = [event.type for event in events]
    assert kinds[-1] == "image_generation.completed"
    assert set(kinds[:-1]) == {"image_generation.partial_image"}
    assert events[0].partial_image_index == 0
    assert base64.b64decode(events[0].b64_json)[8:12] == b"WEBP"
    last = events[-1]
    assert base64.b64decode(last.b64_json)[1:4] == b"PNG"
    assert (last.size, last.quality, last.output_format) == ("1024x1024", "low", "png")
    assert last.usage.total_tokens > 0
    assert balance.for_workspace(workspace).available == 49


def test_several_pictures_are_completed_one_by_one(openai):
    events = list(openai.images.generate(prompt="a lighthouse", n=3, stream=True))
    assert [event.type for event in events if "completed" in event.type] == ["image_generation.completed"] * 3


def test_a_refusal_that_comes_at_once_is_no_stream(openai, workspace):
    with pytest.raises(sdk.BadRequestError) as caught:
        openai.images.generate(prompt="test:moderation_input", stream=True)
    assert caught.value.code == "moderation_blocked"
    assert balance.for_workspace(workspace).available == 50


def test_a_refusal_that_comes_late_is_told_in_the_stream(openai, workspace, monkeypatch):
    monkeypatch.setattr("api.openai.streaming.EARLY", 0.0)
    with pytest.raises(sdk.APIError) as caught:
        list(openai.images.generate(prompt="test:moderation_output", stream=True))
    assert caught.value.code == "moderation_blocked"
    assert balance.for_workspace(workspace).available == 50


def test_a_stream_that_nobody_reads_to_its_end_loses_no_picture(openai, workspace, upstream, eventually):
    upstream.script("delay", seconds=0.5)
    stream = openai.images.generate(prompt="a lighthouse", stream=True, partial_images=1)
    stream.close()
    eventually(lambda: Image.objects.filter(status="stored").exists())
    assert balance.for_workspace(workspace).available == 49


def test_nonsense_is_refused_before_any_stream(openai):
    with pytest.raises(sdk.BadRequestError) as caught:
        openai.images.generate(prompt="", stream=True)
    assert caught.value.param == "prompt"
