"""Waiting for a generation, and watching it, over the live process."""

import json
import time

import httpx
import pytest

from generation.models import Generation

URL = "/api/v1/generations"
ASKED = {"prompt": "a lighthouse", "quality": "low"}


@pytest.fixture
def http(live, api, workspace, fund):
    fund(workspace, 50)
    with httpx.Client(
        base_url=live.url, headers={"Authorization": f"Bearer {api.text}"}, timeout=30
    ) as client:
        yield client


def events_of(lines):
    """(id, kind, data) of each event."""
    event = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        elif "event" in event:
            yield int(event["id"]), event["event"], json.loads(event["data"])
            event = {}


def test_an_answer_can_wait_for_the_result(http):
    answer = http.post(URL, json=ASKED, headers={"Prefer": "respond-async, wait=20"})
    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "wait=20"
    body = answer.json()
    assert (body["status"], body["charged"]) == ("succeeded", 1)
    (image,) = body["images"]
    assert image["status"] == "stored"
    picture = httpx.get(image["url"])
    assert picture.status_code == 200
    assert len(picture.content) == image["bytes"]
    assert httpx.get(image["thumbnail_url"]).headers["Content-Type"] == "image/webp"


def test_an_answer_that_waited_too_long_is_the_usual_one(http, upstream):
    upstream.script("delay", seconds=3)
    began = time.monotonic()
    answer = http.post(URL, json=ASKED, headers={"Prefer": "wait=1"})
    assert answer.status_code == 202
    assert "Preference-Applied" not in answer.headers
    assert 0.9 < time.monotonic() - began < 2.5
    assert Generation.objects.count() == 1


def test_a_replayed_request_waits_too(http):
    headers = {"Prefer": "wait=20", "Idempotency-Key": "k1"}
    first, second = (http.post(URL, json=ASKED, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.json()["id"] == second.json()["id"]


def test_what_is_refused_does_not_wait(http):
    answer = http.post(URL, json={"prompt": ""}, headers={"Prefer": "wait=20"})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_events_tell_all_and_end(http):
    made = http.post(URL, json=ASKED | {"n": 2}).json()
    with http.stream("GET", made["events_url"]) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        told = list(events_of(answer.iter_lines()))
    kinds = [kind for _, kind, _ in told]
    assert kinds[0] == "generation.queued"
    assert kinds.count("image.stored") == 2
    assert kinds[-1] == "generation.succeeded"
    stored = next(data for _, kind, data in told if kind == "image.stored")
    assert httpx.get(stored["url"]).status_code == 200

    after = told[2][0]
    with http.stream("GET", made["events_url"], headers={"Last-Event-ID": str(after)}) as answer:
        assert list(events_of(answer.iter_lines())) == told[3:]


def test_a_foreign_generation_can_not_be_watched(http, live, foreign_api):
    made = http.post(URL, json=ASKED).json()
    answer = httpx.get(made["events_url"], headers={"Authorization": f"Bearer {foreign_api.text}"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_an_event_source_is_told_what_is_wrong(http):
    answer = http.get(f"{URL}/gen_nothing/events", headers={"Accept": "text/event-stream"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
