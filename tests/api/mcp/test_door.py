"""Who may send a message, and how much of everything one may use."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest
from django.db import connection
from rest_framework.exceptions import AuthenticationFailed

from accounts import tokens
from api.authentication import caller_of
from api.mcp.threads import WORK
from api.models import Rate
from billing.ledger import balance
from generation.models import Generation

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
JSON = {"Accept": "application/json, text/event-stream"}
LIST = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}


@pytest.fixture
def http(live):
    with httpx.Client(base_url=live.url, headers=JSON, timeout=30) as client:
        yield client


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


def call(tool, **arguments):
    return {
        "jsonrpc": "2.0",
        "id": 3,
        "method": "tools/call",
        "params": {"name": tool, "arguments": arguments},
    }


def test_a_message_is_answered_as_json_without_a_session(http, api):
    answer = http.post("/mcp", json=PING, headers=bearer(api.text))
    assert (answer.status_code, answer.json()) == (200, {"jsonrpc": "2.0", "id": 1, "result": {}})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"].startswith("req_")
    assert answer.headers["cache-control"] == "no-store"
    assert '"reads"' in answer.headers["ratelimit"]
    assert "mcp-session-id" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "not_authenticated"),
        ({"Authorization": "Basic YTpi"}, "not_authenticated"),
        (bearer("cio_live_nonsense"), "invalid_token"),
    ],
    ids=str,
)
def test_nobody_is_let_in_without_a_token(http, headers, code):
    answer = http.post("/mcp", json=LIST, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["charged"]) == (code, False)
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_a_revoked_token_and_one_from_elsewhere_are_refused(http, program, workspace, alice, api):
    elsewhere = program(workspace, alice, networks=["203.0.113.0/24"])
    assert http.post("/mcp", json=LIST, headers=bearer(elsewhere.text)).status_code == 401
    tokens.revoke(api.token, by=alice)
    assert http.post("/mcp", json=LIST, headers=bearer(api.text)).status_code == 401


def test_a_session_is_no_way_in(live, client_for, alice):
    cookies = {name: one.value for name, one in client_for(alice).cookies.items()}
    assert httpx.post(f"{live.url}/mcp", json=LIST, cookies=cookies, headers=JSON).status_code == 401


def test_pages_of_other_origins_are_refused(http, live, api):
    def asked(origin):
        return http.post("/mcp", json=PING, headers={**bearer(api.text), "Origin": origin})

    for origin in ("https://evil.example", "null", live.url.replace("http", "https"), f"{live.url}0"):
        assert asked(origin).status_code == 403, origin
        assert asked(origin).json()["code"] == "origin_refused"
    assert asked(live.url).status_code == 200


@pytest.mark.parametrize("verb", ["GET", "DELETE", "PUT"])
def test_there_is_no_stream_and_no_session_to_end(http, api, verb):
    answer = http.request(verb, "/mcp", headers=bearer(api.text))
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("era", [{}, {"MCP-Protocol-Version": "2026-07-28"}])
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"5", b'"\\ud800"', b"[" * 100_000, b"\xff\xfe", b'{"jsonrpc": "2.0"}'],
    ids=str,
)
def test_nonsense_is_the_senders_fault(http, api, era, body):
    headers = {**bearer(api.text), **era, "Content-Type": "application/json"}
    answer = http.post("/mcp", content=body, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text


def test_a_large_message_is_refused(http, api):
    answer = http.post("/mcp", json=call("quote", prompt="x" * 5_000_000), headers=bearer(api.text))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_messages_count_as_reads_and_orders_as_writes(http, api):
    http.post("/mcp", json=LIST, headers=bearer(api.text))
    http.post("/mcp", json=call("quote", prompt="a fox"), headers=bearer(api.text))
    counted = Rate.objects.get(subject=api.token.pk)
    assert (counted.reads, counted.writes) == (2, 1)


def test_a_minutes_limit_holds_here_too(http, api):
    assert http.post("/mcp", json=PING, headers=bearer(api.text)).status_code == 200
    Rate.objects.filter(subject=api.token.pk).update(reads=600)
    refused = http.post("/mcp", json=PING, headers=bearer(api.text))
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert int(refused.headers["retry-after"]) > 0


def test_a_broken_connection_loses_nothing(http, live, api, workspace, fund, upstream, eventually):
    fund(workspace, 50)
    upstream.script("delay", seconds=2)
    asked = http.post("/mcp", json=call("quote", prompt="a fox"), headers=bearer(api.text)).json()
    quote = asked["result"]["structuredContent"]["id"]
    content = json.dumps(call("generate", quote=quote)).encode()
    lines = [
        "POST /mcp HTTP/1.1",
        f"Host: 127.0.0.1:{live.port}",
        f"Authorization: Bearer {api.text}",
        "Content-Type: application/json",
        "Accept: application/json, text/event-stream",
        f"Content-Length: {len(content)}",
    ]
    with socket.create_connection(("127.0.0.1", live.port)) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode() + content)
        eventually(Generation.objects.exists)
    again = http.post("/mcp", json=call("generate", quote=quote), headers=bearer(api.text)).json()
    made = again["result"]["structuredContent"]
    assert (made["status"], made["charged"]) == ("succeeded", 1)
    assert Generation.objects.count() == 1
    assert balance.for_workspace(workspace).available == 49
    assert len(upstream.calls()) == 1


def test_a_mistyped_token_costs_no_query(rf):
    """Without a database: a query would fail."""
    request = rf.post("/mcp", headers=bearer("cio_live_" + "a" * 49))
    with pytest.raises(AuthenticationFailed):
        caller_of(request)


def test_so_many_calls_of_a_workspace_are_under_way(http, live, api, workspace, fund, upstream):
    fund(workspace, 50)
    upstream.script("delay", seconds=6)
    asked = http.post("/mcp", json=call("quote", prompt="a fox"), headers=bearer(api.text)).json()
    order = call("generate", quote=asked["result"]["structuredContent"]["id"], wait_seconds=20)

    def ask(_):
        with httpx.Client(base_url=live.url, headers={**JSON, **bearer(api.text)}, timeout=60) as client:
            return client.post("/mcp", json=order).json()["result"]

    with ThreadPoolExecutor(80) as pool:
        results = list(pool.map(ask, range(80)))
    refused = [one["content"][0]["text"] for one in results if one["isError"]]
    made = {one["structuredContent"]["id"] for one in results if not one["isError"]}
    assert len(made) == 1
    assert refused
    assert all("code busy" in sentence for sentence in refused)
    assert Generation.objects.count() == 1
    assert balance.for_workspace(workspace).available == 49


@pytest.mark.django_db
def test_a_process_that_does_not_serve_it_says_so(api):
    answer = api.post("/mcp", PING, format="json")
    assert (answer.status_code, answer.json()["code"]) == (503, "live_only")


def test_calls_that_wait_hold_no_connection(http, live, api, workspace, fund, upstream, eventually):
    fund(workspace, 50)

    def order(prompt):
        asked = http.post("/mcp", json=call("quote", prompt=prompt), headers=bearer(api.text)).json()
        return call("generate", quote=asked["result"]["structuredContent"]["id"])

    def ask(message):
        return httpx.post(f"{live.url}/mcp", json=message, headers=JSON | bearer(api.text), timeout=60).json()

    def connections():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            return cursor.fetchone()[0]

    ask(order("a fox"))
    listening = connections()
    upstream.script("delay", seconds=5)
    waited_for = order("a bear")
    with ThreadPoolExecutor(10) as pool:
        waiting = [pool.submit(ask, waited_for) for _ in range(10)]
        eventually(lambda: Generation.objects.count() == 2)
        time.sleep(2)
        assert not any(one.done() for one in waiting)
        # What works meanwhile, the worker for one, may have some.
        assert connections() <= listening + 3
    assert {one.result()["result"]["structuredContent"]["status"] for one in waiting} == {"succeeded"}


def test_an_order_is_answered_although_nobody_has_time_to_look(
    live, http, api, workspace, fund, upstream, eventually
):
    """What was ordered is not refused by a sentence that says that nothing was charged."""
    fund(workspace, 50)
    upstream.script("delay", seconds=3)
    asked = http.post("/mcp", json=call("quote", prompt="a fox"), headers=bearer(api.text)).json()
    order = call("generate", quote=asked["result"]["structuredContent"]["id"])
    with ThreadPoolExecutor(1) as pool, ExitStack() as held:
        answering = pool.submit(http.post, "/mcp", json=order, headers=bearer(api.text))
        eventually(Generation.objects.exists)
        time.sleep(1)
        for _ in range(4):
            held.enter_context(WORK.places.taken(workspace.pk))
        told = answering.result().json()["result"]
    assert not told["isError"]
    assert told["structuredContent"]["id"] == Generation.objects.get().public_id
    eventually(lambda: balance.for_workspace(workspace).available == 49)
