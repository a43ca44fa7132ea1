"""A body without Content-Length is the same body: over plain HTTP, of the live process and of the web process."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.utils import timezone

from billing.ledger import balance
from billing.models import BalanceAlert
from billing.stripe import webhook_endpoint
from generation.models import Generation, Image, Reference
from generation.orders.order import Order
from generation.orders.submit import submit
from tests.api.openai.test_edits import picture
from tests.billing.stripe_events import signed
from tests.support import database
from tests.support.network.plain import NOBODY
from tests.support.processes import LIVE, WEB, collect_static, serving
from tests.support.twins import FalTwin

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("sites"),
]
MB = 1024 * 1024
REQUEST = "764cabcf-b745-4b3e-ae38-1200304cf45b"
STRIPE = webhook_endpoint.PATH
UNKNOWN = {"id": "evt_of_nothing", "object": "event", "livemode": False, "type": "nothing.known", "data": {"object": {}}}  # fmt: skip
TOLD = re.compile(r"req_\w+|\d{10,}|[a-z]{3}_[0-9a-z]{26}|[0-9T:.Z+-]{20,}|[0-9A-Za-z_-]{40,}|=\d+")


@pytest.fixture(
    scope="module", params=[LIVE, pytest.param(WEB, marks=pytest.mark.proof)], ids=["live", "web"]
)
def site(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[str]:
    collect_static()
    with serving(database.url(), request.param) as one:
        yield one


@dataclass
class Wire:
    """A client that sends the same request with Content-Length, and in chunks without it."""

    client: httpx.Client
    headers: dict[str, str] = field(default_factory=dict)

    def send(
        self, verb: str, path: str, *, chunked: bool, headers: Any = None, **body: Any
    ) -> httpx.Response:
        made = self.client.build_request(verb, path, headers=self.headers | (headers or {}), **body)
        if chunked:
            whole = made.read()
            kept = {name: value for name, value in made.headers.items() if name != "content-length"}
            pieces = [whole[at : at + 7000] for at in range(0, len(whole), 7000)]
            made = self.client.build_request(verb, path, headers=kept, content=iter(pieces))
            assert "content-length" not in made.headers
        return self.client.send(made)

    def both(self, verb: str, path: str, **request: Any) -> tuple[httpx.Response, httpx.Response]:
        """The answers to a request that changes nothing: with a length, and without."""
        return self.send(verb, path, chunked=False, **request), self.send(verb, path, chunked=True, **request)


@pytest.fixture
def wire(site: str) -> Iterator[Wire]:
    with httpx.Client(base_url=site, trust_env=False, timeout=60, verify=NOBODY) as client:
        yield Wire(client)


@pytest.fixture
def program(wire: Wire, api: Any, workspace: Any, fund: Any, catalog: None) -> Wire:
    """Alice's program; her workspace has 100 credits."""
    fund(workspace, 100)
    wire.headers["Authorization"] = f"Bearer {api.text}"
    return wire


@pytest.fixture
def browser(wire: Wire, alice: Any, client_for: Any) -> Wire:
    """Alice's browser, which has opened a page with a form."""
    wire.client.cookies.set("sessionid", client_for(alice).cookies["sessionid"].value)
    page = wire.client.get("/references")
    assert page.status_code == 200
    return wire


def mark(browser: Wire) -> dict[str, str]:
    """The hidden field of each form."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.client.get("/references").text)
    assert found
    return {"csrfmiddlewaretoken": found[1]}


def told(answer: httpx.Response) -> tuple[int, str]:
    """What an answer says, without what differs from one request to the next."""
    return answer.status_code, TOLD.sub("…", answer.text)


FORM = {"data": {"prompt": "make it blue", "n": "77"}, "files": {"image": ("cat.png", picture())}}
SAME: dict[str, tuple[str, str, dict[str, Any], int, str]] = {
    "quote": ("POST", "/api/v1/quotes", {"json": {"prompt": "a fox", "n": 2}}, 200, '"images":2'),
    "order": ("POST", "/api/v1/generations", {"json": {"prompt": "a fox", "max_credits": 0}}, 400, "max_credits_exceeded"),
    "purchase": ("POST", "/api/v1/purchases", {"json": {"pack": "there is none"}}, 404, "pack"),
    "batch": ("POST", "/api/v1/batches", {"json": {"rows": [{"prompt": "a", "x": 1}]}}, 400, "There is no such parameter"),
    "style": ("POST", "/api/v1/styles", {"json": {"name": "Calm", "template": "no words"}}, 400, "prompt"),
    "reference": ("POST", "/api/v1/references", {"files": {"file": ("cat.png", picture())}}, 201, '"width":64'),
    "no picture": ("POST", "/api/v1/references", {"files": {"file": ("cat.png", b"words")}}, 415, "unsupported_image_type"),
    "a form that nobody reads": ("POST", "/api/v1/quotes", {"data": {"prompt": "a fox"}}, 415, "unsupported_media_type"),
    "no JSON": ("POST", "/api/v1/quotes", {"content": b"{"}, 400, "malformed_body"),
    "v1 JSON": ("POST", "/v1/images/generations", {"json": {"prompt": "a fox", "x": 1}}, 400, "Unknown parameter: 'x'"),
    "v1 edit": ("POST", "/v1/images/edits", {"json": {"prompt": "a fox", "images": [7]}}, 400, "file_id"),
    "v1 form": ("POST", "/v1/images/edits", FORM, 400, "images at once"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_a_program_is_answered_the_same(program, name):
    verb, path, request, status, says = SAME[name]
    if "content" in request:
        request = request | {"headers": {"content-type": "application/json"}}
    told_length, chunked = program.both(verb, path, **request)
    assert told_length.status_code == status, told_length.text
    assert says in told_length.text
    assert told(chunked) == told(told_length)


def test_a_batch_starts_within_what_it_may_cost(program, workspace):
    rows = {"rows": [{"prompt": f"bell {at}"} for at in range(3)], "start": False}
    for chunked in (False, True):
        made = program.send("POST", "/api/v1/batches", json=rows, chunked=chunked)
        assert (made.status_code, made.json()["images"]) == (201, 3)
        path = f"/api/v1/batches/{made.json()['id']}/start"
        refused = program.send("POST", path, json={"max_credits": 1}, chunked=chunked)
        assert (refused.status_code, refused.json()["code"]) == (400, "max_credits_exceeded")
        assert balance.for_workspace(workspace).held == 0


def test_orders_and_changes_arrive_whole(program, workspace):
    for chunked in (False, True):
        made = program.send("POST", "/api/v1/generations", json={"prompt": "a fox", "n": 3}, chunked=chunked)
        assert (made.status_code, made.json()["n"]) == (202, 3)
    generation = submit(workspace, Order(prompt="a fox", model="gpt-image-2"), source="api")
    image = generation.images.get()
    Image.objects.filter(pk=image.pk).update(status="stored", file="x.png", finished_at=timezone.now())
    for favorite in (True, False):
        path = f"/api/v1/images/{image.public_id}"
        changed = program.send("PATCH", path, json={"favorite": favorite}, chunked=True)
        assert (changed.status_code, changed.json()["favorite"]) == (200, favorite)


def test_pages_take_their_forms(browser, workspace):
    for chunked in (False, True):
        said = mark(browser) | {"threshold": "500" if chunked else "200"}
        assert browser.send("POST", "/billing/alert", data=said, chunked=chunked).status_code == 302
        assert BalanceAlert.objects.get(workspace=workspace).threshold == int(said["threshold"])
        file = {"upload": (f"{chunked}.png", picture(70 + chunked, 64))}
        added = browser.send("POST", "/references/add", data=mark(browser), files=file, chunked=chunked)
        assert added.status_code == 302
        assert Reference.objects.filter(name=f"{chunked}.png").exists()


def test_a_form_without_its_mark_is_turned_away(browser):
    for answer in browser.both("POST", "/billing/alert", data={"threshold": "7"}):
        assert answer.status_code == 403
    assert not BalanceAlert.objects.exists()


def test_webhooks_are_read(wire, twin):
    body = json.dumps(UNKNOWN).encode()
    headers = {"content-type": "application/json", "stripe-signature": signed(body)}
    told_length, chunked = wire.both("POST", STRIPE, content=body, headers=headers)
    assert told_length.status_code == chunked.status_code != 400
    cache.clear()
    fal = json.dumps({"request_id": REQUEST, "status": "OK", "payload": {}}).encode()
    with closing(FalTwin(twin)) as one:
        headers = {"content-type": "application/json"} | one.signed(REQUEST, fal)
    assert [answer.status_code for answer in wire.both("POST", "/fal/webhook", content=fal, headers=headers)] == [200, 200]  # fmt: skip
    assert [answer.status_code for answer in wire.both("POST", "/fal/webhook", content=b"x" * 300_000)] == [413, 413]  # fmt: skip


TOO_LARGE = {
    "native": ("/api/v1/quotes", 26 * MB, "body_too_large"),
    "v1": ("/v1/images/generations", 26 * MB, "body_too_large"),
    "page": ("/billing/alert", 26 * MB, "That was too large"),
    "verify": ("/verify", 52 * MB, "That was too large"),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_is_too_large_is_refused_with_and_without_a_length(wire, name):
    path, size, says = TOO_LARGE[name]
    for answer in wire.both("POST", path, content=b" " * size, headers={"content-type": "application/json"}):
        assert answer.status_code == 413
        assert says in answer.text


def test_a_large_body_of_a_stranger_is_refused_with_and_without_a_length(wire):
    for chunked in (False, True):
        answer = wire.send("POST", "/v1/images/edits", chunked=chunked, content=bytes(30 * MB))
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")
        assert (
            wire.send("POST", "/references/add", chunked=chunked, content=bytes(30 * MB)).status_code == 413
        )


def test_a_body_without_end_is_not_kept(site):
    """Twice what an address takes is let pass, so that its sender may hear why; then the connection ends."""
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    with connected(site) as line:
        line.sendall(head("/api/v1/quotes", "Transfer-Encoding: chunked"))
        assert taken(line, chunk, 1024 * MB) < 120 * MB


def taken(line: socket.socket, chunk: bytes, most: int) -> int:
    """Bytes that were sent until the other side ended the connection."""
    sent = 0
    with suppress(BrokenPipeError, ConnectionResetError):
        while sent < most:
            line.sendall(chunk)
            sent += len(chunk)
    return sent


UNCLEAR = {
    "negative": ("Content-Length: -5", b"hello"),
    "no number": ("Content-Length: five", b"hello"),
    "with a sign": ("Content-Length: +5", b"hello"),
    "two": ("Content-Length: 5\r\nContent-Length: 6", b"hello!"),
    "a list": ("Content-Length: 5, 6", b"hello!"),
    "endless": ("Content-Length: 99999999999999999999999", b"hello"),
    "another coding": ("Transfer-Encoding: gzip, chunked", b"5\r\nhello\r\n0\r\n\r\n"),
}


@pytest.mark.parametrize("path", ["/api/v1/quotes", "/v1/images/generations", "/billing/alert"])
@pytest.mark.parametrize("name", UNCLEAR)
def test_a_length_that_makes_no_sense_is_a_bad_request(site, name, path):
    headers, body = UNCLEAR[name]
    assert status_of(site, head(path, headers) + body) == 400


def test_two_lengths_that_agree_are_one(site):
    said = b'{"a":1}'
    raw = head("/api/v1/quotes", f"Content-Length: {len(said)}\r\nContent-Length: {len(said)}") + said
    assert status_of(site, raw) in {400, 401}  # refused, or read and asked who it is; never taken for empty


def test_a_body_that_ends_too_early_does_nothing(site, program):
    auth = f"Authorization: {program.headers['Authorization']}\r\nContent-Length: 100"
    with connected(site) as line:
        line.sendall(head("/api/v1/generations", auth) + b'{"prompt": "a fox"}')
    assert program.client.get("/healthz").status_code == 200
    assert not Generation.objects.exists()


def head(path: str, headers: str) -> bytes:
    lines = (f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", headers)
    return "\r\n".join((*lines, "", "")).encode()


def connected(site: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(site.rpartition(":")[2])), timeout=20)


def status_of(site: str, raw: bytes) -> int:
    with connected(site) as line:
        line.sendall(raw)
        return int(line.recv(1000).split()[1])
