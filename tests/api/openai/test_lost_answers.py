"""Answers that get lost on the way to clients that send no count: the same call again joins the first."""

import json
import socket
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.db import connection
from openai import OpenAI

from api.models import Call
from api.openai import retries
from api.openai.retries import UnsettledError, connect
from billing.ledger import balance
from generation.events.listener import _BE_PRESENT
from generation.models import Generation
from tests.support.network.dropper import Dropper
from tests.support.network.plain import NOBODY

BODY = {"prompt": "a lighthouse", "quality": "low"}


@pytest.fixture
def ask(live, api, workspace, fund):
    """Post an order by a client that never says whether it has asked before."""
    fund(workspace, 50)
    headers = {"Authorization": f"Bearer {api.text}"}
    with httpx.Client(headers=headers, trust_env=False, verify=NOBODY, timeout=60) as client:

        def post(url=live.url, body=BODY, **options):
            return client.post(f"{url}/v1/images/generations", json=body, **options)

        yield post


@pytest.fixture
def losing(live):
    """The address of a proxy that loses the first answer."""
    proxies = []

    def make(drops=1):
        proxies.append(Dropper(live.port, drops))
        return proxies[-1].url.removesuffix("/v1")

    yield make
    for proxy in proxies:
        proxy.stop()


def spent(workspace):
    return 50 - balance.for_workspace(workspace).available


def test_a_lost_answer_is_made_up_for(ask, losing, workspace, upstream):
    url = losing()
    with pytest.raises(httpx.TransportError):
        ask(url)
    answer = ask(url)
    assert (answer.status_code, answer.headers["idempotent-replayed"]) == (200, "true")
    assert len(upstream.calls()) == Generation.objects.count() == 1
    assert spent(workspace) == 1


def test_several_lost_answers_are_made_up_for(ask, losing, workspace, upstream):
    url = losing(3)
    for _ in range(3):
        with pytest.raises(httpx.TransportError):
            ask(url)
    assert ask(url).status_code == 200
    assert len(upstream.calls()) == 1
    assert spent(workspace) == 1


def test_who_hangs_up_while_it_is_made_joins_it(ask, workspace, upstream):
    upstream.script("delay", seconds=1.5)
    with pytest.raises(httpx.ReadTimeout):
        ask(timeout=0.5)
    assert ask().headers["idempotent-replayed"] == "true"
    assert len(upstream.calls()) == 1
    assert spent(workspace) == 1


def test_answers_that_arrived_are_orders_of_their_own(ask, workspace, upstream):
    """Each on a connection of its own, which is closed as soon as the last byte is there."""
    for _ in range(6):
        answer = ask(headers={"Connection": "close"})
        assert answer.status_code == 200
        assert "idempotent-replayed" not in answer.headers
    assert len(upstream.calls()) == spent(workspace) == 6


def test_what_was_made_up_for_is_joined_no_more(ask, losing, workspace, upstream):
    url = losing()
    with pytest.raises(httpx.TransportError):
        ask(url)
    replayed = ["idempotent-replayed" in ask(url).headers for _ in range(3)]
    assert replayed == [True, False, False]
    assert len(upstream.calls()) == spent(workspace) == 3


def test_a_counted_retry_that_was_answered_leaves_nothing_to_join(
    live, ask, losing, api, workspace, upstream
):
    with OpenAI(base_url=f"{losing()}/v1", api_key=api.text) as client:
        client.images.generate(**BODY)
    assert "idempotent-replayed" not in ask().headers
    assert len(upstream.calls()) == spent(workspace) == 2


@pytest.mark.parametrize("differs", [{"prompt": "a harbor"}, {"n": 2}])
def test_another_body_joins_nothing(ask, losing, upstream, differs):
    url = losing()
    with pytest.raises(httpx.TransportError):
        ask(url)
    assert "idempotent-replayed" not in ask(url, {**BODY, **differs}).headers
    assert len(upstream.calls()) == 2 + (differs.get("n", 1) - 1)


def test_another_token_joins_nothing(ask, losing, program, workspace, alice, upstream):
    url, other = losing(), program(workspace, alice)
    with pytest.raises(httpx.TransportError):
        ask(url)
    answer = ask(url, headers={"Authorization": f"Bearer {other.text}"})
    assert "idempotent-replayed" not in answer.headers
    assert len(upstream.calls()) == 2


def test_one_of_many_retries_joins(ask, losing, workspace, upstream):
    url = losing()
    with pytest.raises(httpx.TransportError):
        ask(url)
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: ask(), range(5)))
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 1
    assert len(upstream.calls()) == spent(workspace) == 5


def test_ten_at_once_whose_answers_are_lost_are_ten_images(ask, losing, workspace, upstream, monkeypatch):
    # Ten proxies, their clients and the product share this process here.
    monkeypatch.setattr("api.openai.asgi.GRACE", 1.0)
    urls = [losing() for _ in range(10)]

    def insist(url):
        try:
            return ask(url)
        except httpx.TransportError:
            return ask(url)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(insist, urls))
    assert [answer.status_code for answer in answers] == [200] * 10
    assert len(upstream.calls()) == spent(workspace) == 10


def test_a_stream_that_breaks_is_joined_and_one_that_was_read_is_not(ask, live, api, workspace, upstream):
    body = {**BODY, "stream": True}
    upstream.script("delay", seconds=1)
    with pytest.raises(httpx.ReadTimeout):
        ask(body=body, timeout=0.6)
    assert "image_generation.completed" in ask(body=body).text
    assert len(upstream.calls()) == 1
    with socket.create_connection(("127.0.0.1", live.port)) as raw:
        # Whoever has the last event leaves at once.
        data = json.dumps(body).encode()
        head = (
            f"POST /v1/images/generations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {api.text}\r\n"
        )
        raw.sendall(
            f"{head}Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data
        )
        text = b""
        while b'"}\n\n' not in text.partition(b"image_generation.completed")[2]:
            text += raw.recv(65536)
    time.sleep(0.3)
    assert "image_generation.completed" in ask(body=body).text
    assert len(upstream.calls()) == spent(workspace) == 3


def test_an_answer_that_says_to_ask_again_is_joined(ask, upstream, workspace, monkeypatch):
    monkeypatch.setattr("api.openai.views.LONGEST", 0.3)
    upstream.script("delay", seconds=1)
    assert ask().json()["error"]["code"] == "still_running"
    monkeypatch.setattr("api.openai.views.LONGEST", 60.0)
    assert ask().status_code == 200
    assert len(upstream.calls()) == spent(workspace) == 1


def test_a_failure_that_was_told_is_tried_anew(ask, upstream, workspace):
    upstream.script("corrupt", times=0)
    assert ask().json()["error"]["code"] == "image_generation_failed"
    upstream.reset()
    answer = ask()
    assert (answer.status_code, "idempotent-replayed" in answer.headers) == (200, False)
    assert spent(workspace) == 1


@pytest.fixture
def as_process(monkeypatch):
    """Speak for another process, which is present or has died."""
    held = []

    def switch(*, alive=True):
        held.append(uuid.uuid4())
        monkeypatch.setattr(retries, "presence", lambda: held[-1])
        if alive:
            with connection.cursor() as cursor:
                cursor.execute(_BE_PRESENT, [held[-1]])

    yield switch
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")


@pytest.mark.django_db
def test_another_process_is_given_time_to_notice(api, workspace, as_process):
    as_process()
    first = connect(api.token, b"same", 0)
    as_process()
    with pytest.raises(UnsettledError):
        connect(api.token, b"same", 0, patient=True)
    assert Call.objects.count() == 1
    retries.lost(first)
    joined = connect(api.token, b"same", 0, patient=True)
    assert (joined.call, joined.joins) == (first.call, 1)
    # What the first process says of its own connection counts no more.
    retries.lost(first)
    retries.answered(joined)
    assert connect(api.token, b"same", 0, patient=True).call != first.call


@pytest.mark.django_db
def test_what_a_dead_process_held_is_joined_once_it_was_looked_for_twice(api, as_process):
    as_process(alive=False)
    first = connect(api.token, b"same", 0)
    as_process()
    with pytest.raises(UnsettledError) as unsettled:
        connect(api.token, b"same", 0, patient=True)
    assert unsettled.value.is_orphaned
    joined = connect(api.token, b"same", 0, was_orphaned=True)
    assert (joined.call, joined.joins) == (first.call, 1)
    assert connect(api.token, b"same", 0, was_orphaned=True).call != first.call


@pytest.mark.django_db
def test_a_process_that_only_reconnected_keeps_what_it_holds(api, as_process):
    as_process()
    first = connect(api.token, b"same", 0)
    as_process()
    with pytest.raises(UnsettledError) as unsettled:
        connect(api.token, b"same", 0, patient=True)
    assert not unsettled.value.is_orphaned
    again = connect(api.token, b"same", 0, was_orphaned=True)
    assert (again.call != first.call, again.joins) == (True, 0)


@pytest.mark.django_db
def test_a_counted_retry_prefers_the_call_whose_answer_was_lost(api, as_process):
    as_process()
    lost, open_still = connect(api.token, b"same", 0), connect(api.token, b"same", 0)
    retries.lost(lost)
    assert connect(api.token, b"same", 1).call == lost.call
    # A refusal of the first connection takes nothing from the one that joined.
    retries.forget(lost)
    assert Call.objects.filter(pk=lost.call).exists()
    retries.forget(open_still)
    assert not Call.objects.filter(pk=open_still.call).exists()


@pytest.mark.django_db
def test_who_is_in_no_doubt_waits_for_nothing(api, as_process):
    as_process()
    connect(api.token, b"same", 0)
    assert connect(api.token, b"same", 0, patient=True).joins == 0
    as_process()
    assert connect(api.token, b"other", 0, patient=True).joins == 0
    assert connect(api.token, b"same", 0).joins == 0
    assert Call.objects.count() == 4
