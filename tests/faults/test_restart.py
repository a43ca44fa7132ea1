"""The database restarts, and stays away, under load: nobody ends, every order does, and the books are right."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from config.local.postgres import Postgres
from tests.support.environment import free_port
from tests.support.network.plain import NOBODY
from tests.support.processes import Copy

AWAY = 20.0
ORDERS = 10
BODY = {"prompt": "A lighthouse", "model": "gpt-image-2.5-flare", "size": "1024x1024", "quality": "low"}
PATIENCE = 120.0
SCOPES = "generations:write,images:read,billing:read"


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    made = Copy(tmp_path, free_port(), free_port(), SANDBOX_LATENCY="4")
    yield made
    made.close()


@pytest.mark.proof
@pytest.mark.slow
@pytest.mark.timeout(500)
def test_a_restart_and_an_absence_end_no_process_and_lose_no_order(copy: Copy):
    copy.wait_until_ready()
    token = copy.manage("create_token", "demo", "--name", "load", "--scopes", SCOPES).split()[-1]
    workers = _pids(copy)
    with httpx.Client(
        base_url=copy.url, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE, verify=NOBODY, trust_env=False
    ) as client, ThreadPoolExecutor(2 * ORDERS) as pool:  # fmt: skip
        before = _balance(client)
        # Some are with the provider, some are waited for by a call, when it restarts and when it stays away.
        orders = [_order(client, f"first-{number}") for number in range(ORDERS)]
        waiting = [pool.submit(_wait, client, f"first-{number}") for number in range(ORDERS)]
        time.sleep(1)
        postgres = Postgres(copy.state)
        _stop(postgres)  # the supervisor starts it anew after half a second
        orders += [_order(client, f"second-{number}") for number in range(ORDERS)]
        time.sleep(1)
        with postgres.alone():  # which keeps the supervisor from it
            _stop(postgres)
            began = time.monotonic()
            refused = client.get("/api/v1/balance")
            assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
            assert client.get("/healthz").status_code == 200
            time.sleep(AWAY - (time.monotonic() - began))
        back = time.monotonic()
        copy.wait_for(copy.ready)
        assert time.monotonic() - back < 15
        ended = [_end(client, one) for one in orders]
        pictures = [one.result(PATIENCE) for one in waiting]
        after = _balance(client)
    assert set(ended) == {"succeeded"}
    assert {answer.status_code for answer in pictures} == {200}
    made = 2 * ORDERS + len(pictures)
    assert (after["available"], after["held"]) == (before["available"] - made, 0)
    assert _pids(copy) == workers, copy.said()
    paid = httpx.get(f"{copy.twins}/_control/openai/log", verify=NOBODY, trust_env=False).json()["calls"]
    assert len(paid) == made
    proof = "from billing.reconciliation.invariants import violations; print(violations())"
    assert copy.manage("shell", "--no-imports", "-c", proof).strip() == "[]"


def _stop(postgres: Postgres) -> None:
    server = psutil.Process(postgres.pid)
    server.send_signal(signal.SIGINT)  # every session is ended, as when a server restarts
    psutil.wait_procs([server], 10)


def _pids(copy: Copy) -> set[int]:
    found = [copy.child("procrastinate"), copy.child("uvicorn")]
    return {process.pid for process in found if process}


def _order(client: httpx.Client, key: str) -> str:
    return _until(
        client, "POST", "/api/v1/generations", {202}, json=BODY, headers={"Idempotency-Key": key}
    ).json()["id"]


def _wait(client: httpx.Client, key: str) -> httpx.Response:
    """As OpenAI's own client does: a call that is broken or told to come back is made again, with the same key."""
    return _until(
        client, "POST", "/v1/images/generations", {200}, json=BODY, headers={"Idempotency-Key": f"wait-{key}"}
    )


def _end(client: httpx.Client, generation: str) -> str:
    deadline = time.monotonic() + PATIENCE
    while True:
        status = _until(client, "GET", f"/api/v1/generations/{generation}", {200}).json()["status"]
        if status not in {"queued", "running"}:
            return status
        assert time.monotonic() < deadline, f"{generation} is {status}"
        time.sleep(0.5)


def _balance(client: httpx.Client) -> dict[str, int]:
    return _until(client, "GET", "/api/v1/balance", {200}).json()


def _until(client: httpx.Client, method: str, path: str, wanted: set[int], **what: object) -> httpx.Response:
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = client.request(method, path, **what)
        if answer.status_code in wanted:
            return answer
        assert answer.status_code in {409, 503}, answer.text
        assert "retry-after" in answer.headers
        assert time.monotonic() < deadline, answer.text
        time.sleep(min(2.0, float(answer.headers["retry-after"])))
