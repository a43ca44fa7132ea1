"""Waiting for a generation, and watching it, over the live process."""

import asyncio
import json
import time
from contextlib import ExitStack

import httpx
import psycopg
import pytest

from accounts.models import Membership, Role, User
from api.waiting.prefer_wait import PreferWaitMiddleware
from core import ids
from generation.events import stream_limits
from generation.models import Event, Generation

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
    told = [answer.headers[name] for name in ("CreateIO-Generation", "CreateIO-Credits-Charged")]
    assert told == [body["id"], "1"]
    assert answer.headers["CreateIO-Credits-Available"] == "49"
    assert float(answer.headers["x-litellm-response-cost"]) > 0
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


def test_after_the_last_event_an_event_source_is_told_to_stop(http):
    made = http.post(URL, json=ASKED, headers={"Prefer": "wait=20"}).json()
    with http.stream("GET", made["events_url"]) as answer:
        last = list(events_of(answer.iter_lines()))[-1][0]
    for seen in (last, last + 1, 10**17):
        answer = http.get(made["events_url"], headers={"Last-Event-ID": str(seen)})
        assert (answer.status_code, answer.content) == (204, b"")
    assert http.get(f"{made['events_url']}?after={last}").status_code == 204
    Event.objects.all().delete()
    assert http.get(made["events_url"]).status_code == 204


def test_an_id_of_the_future_misses_nothing(http, upstream):
    upstream.script("delay", seconds=1)
    made = http.post(URL, json=ASKED).json()
    with http.stream("GET", made["events_url"], headers={"Last-Event-ID": str(10**17)}) as answer:
        assert [kind for _, kind, _ in events_of(answer.iter_lines())][-1] == "generation.succeeded"


def test_head_opens_no_stream(http, live, upstream, alice, client_for):
    upstream.script("delay", seconds=2)
    made = http.post(URL, json=ASKED).json()
    told = http.head(made["events_url"])
    page = httpx.head(f"{live.url}/studio/events", headers=cookie(client_for(alice)), timeout=5)
    for answer in (told, page):
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/event-stream")
    models = http.head("/v1/models")
    assert (models.status_code, models.content, models.headers["Content-Type"]) == (
        200,
        b"",
        "application/json",
    )


def test_a_foreign_generation_can_not_be_watched(http, live, foreign_api):
    made = http.post(URL, json=ASKED).json()
    answer = httpx.get(made["events_url"], headers={"Authorization": f"Bearer {foreign_api.text}"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_an_event_source_is_told_what_is_wrong(http):
    answer = http.get(f"{URL}/gen_nothing/events", headers={"Accept": "text/event-stream"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_a_workspace_watches_fifty_at_once(http, live, workspace, alice, client_for, eventually):
    made = http.post(URL, json=ASKED).json()
    with ExitStack() as stack:
        for number in range(stream_limits.PER_WORKSPACE // stream_limits.PER_PERSON):
            person = User.objects.create_user(f"{number}@example.com", name=f"Person {number}")
            Membership.objects.create(workspace=workspace, user=person, role=Role.VIEWER)
            browser = cookie(client_for(person))
            for _ in range(stream_limits.PER_PERSON):
                last = stack.enter_context(httpx.stream("GET", f"{live.url}/studio/events", headers=browser))
                assert last.status_code == 200
        eventually(lambda: stream_limits.is_full(workspace.pk, None))
        answer = http.get(made["events_url"])
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "15"
        assert answer.json()["code"] == "too_many_streams"
        page = httpx.get(f"{live.url}/studio/events", headers=cookie(client_for(alice)))
        assert (page.status_code, page.content) == (204, b"")

        last.close()
        eventually(lambda: not stream_limits.is_full(workspace.pk, None))
        assert http.get(made["events_url"]).status_code == 200


def test_a_person_watches_ten_at_once(live, workspace, alice, bob, client_for, eventually):
    browser, other = cookie(client_for(alice)), cookie(client_for(bob))
    with ExitStack() as stack:
        http = stack.enter_context(httpx.Client(base_url=live.url, timeout=30))
        streams = [
            stack.enter_context(http.stream("GET", "/studio/events", headers=browser))
            for _ in range(stream_limits.PER_PERSON)
        ]
        assert {answer.status_code for answer in streams} == {200}
        eventually(lambda: stream_limits.is_full(workspace.pk, alice.pk))
        assert http.get("/studio/events", headers=browser).status_code == 204
        with http.stream("GET", "/studio/events", headers=other) as answer:
            assert answer.status_code == 200

        streams.pop().close()
        eventually(lambda: not stream_limits.is_full(workspace.pk, alice.pk))
        with http.stream("GET", "/studio/events", headers=browser) as answer:
            assert answer.status_code == 200


def test_all_at_once_are_no_more_than_one_by_one(live, alice, client_for):
    browser = cookie(client_for(alice))

    async def ask(http: httpx.AsyncClient) -> bool:
        """Whether the stream stays open."""
        async with http.stream("GET", "/studio/events", headers=browser) as answer:
            try:
                async with asyncio.timeout(3):
                    async for _ in answer.aiter_lines():
                        pass
            except TimeoutError:
                return True
        return False

    async def all_at_once() -> int:
        async with httpx.AsyncClient(base_url=live.url, timeout=30) as http:
            return sum(await asyncio.gather(*(ask(http) for _ in range(3 * stream_limits.PER_PERSON))))

    assert asyncio.run(all_at_once()) == stream_limits.PER_PERSON


def cookie(browser):
    return {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}


def test_an_order_stands_where_the_database_can_not_be_asked_how_it_ended(transactional_db, database_url):
    ordered = json.dumps({"id": ids.public("gen", ids.new())}).encode()
    sent = []

    async def django(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 202, "headers": []})
        await send({"type": "http.response.body", "body": ordered})

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": URL, "headers": [(b"prefer", b"wait=5")]}
    with psycopg.connect(database_url) as other:
        other.execute("LOCK TABLE generation_generation IN ACCESS EXCLUSIVE MODE")
        asyncio.run(PreferWaitMiddleware(django)(scope, None, send))
    assert (sent[0]["status"], sent[1]["body"]) == (202, ordered)


def test_a_stream_of_events_tells_what_it_cost_so_far(http):
    made = http.post(URL, json=ASKED, headers={"Prefer": "wait=20"}).json()
    for verb in ("GET", "HEAD"):
        with http.stream(verb, f"{URL}/{made['id']}/events") as answer:
            assert answer.headers["CreateIO-Generation"] == made["id"]
            assert answer.headers["CreateIO-Credits-Charged"] == "1"
            *_, last = [data for _, _, data in events_of(answer.iter_lines())] or [{"charged": 1}]
            assert last["charged"] == 1
