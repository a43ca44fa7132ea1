"""fal may tell that a picture is done: that wakes who waits for it, and does nothing else."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from billing.ledger.balance import Balance
from generation.models import Attempt, Event, Generation, Outcome
from generation.providers import completion_notices
from generation.providers.adapters import fal as adapter
from tests.support.twins import FalTwin

ADDRESS = "/fal/webhook"
REQUEST = "764cabcf-b745-4b3e-ae38-1200304cf45b"
BODY = json.dumps({"request_id": REQUEST, "status": "OK", "payload": {}}).encode()

type Send = Callable[..., Any]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the database was asked to announce."""
    heard: list[str] = []
    tell = completion_notices.publish
    monkeypatch.setattr(completion_notices, "publish", lambda request: (heard.append(request), tell(request)))
    return heard


@pytest.fixture
def send(db: None, client: Client, twin: str, fal: FalTwin, told: list[str]) -> Iterator[Send]:
    """Send a webhook as fal does, changed by keywords: what was signed and by whom, and what is sent instead."""
    cache.clear()

    def go(
        body: bytes = BODY, *, sent: bytes | None = None, at: int = 0, without: str = "", **changed: str
    ) -> Any:
        headers = fal.signed(REQUEST, body, at=at) | {
            f"x-fal-webhook-{name}": value for name, value in changed.items()
        }
        headers.pop(f"x-fal-webhook-{without}", None)
        return client.post(ADDRESS, sent or body, content_type="application/json", headers=headers)

    yield go
    cache.clear()


def forged(body: bytes) -> str:
    """Somebody else's signature of fal's message."""
    at = str(int(time.time()))
    message = "\n".join((REQUEST, "sandbox-user", at, hashlib.sha256(body).hexdigest()))
    return Ed25519PrivateKey.generate().sign(message.encode()).hex()


def test_what_fal_signed_is_passed_on_as_often_as_it_comes(send: Send, told: list[str]):
    assert [send().status_code for _ in range(3)] == [200, 200, 200]
    assert told == [REQUEST] * 3
    assert not Attempt.objects.exists()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"without": "signature"}, 400),
        ({"without": "request-id"}, 400),
        ({"without": "user-id"}, 400),
        ({"without": "timestamp"}, 400),
        ({"signature": "00" * 64}, 400),
        ({"signature": "no hex"}, 400),
        ({"user-id": "somebody-else"}, 400),
        ({"request-id": "another"}, 400),
        ({"timestamp": "soon"}, 400),
        ({"timestamp": "9" * 400}, 400),
        ({"at": -301}, 400),
        ({"at": 310}, 400),
        ({"sent": BODY.replace(b"OK", b"NO")}, 400),
        ({"body": b"not json"}, 400),
        ({"body": b'{"request_id": 7}'}, 400),
        ({"body": b'{"request_id": "x\'; DROP TABLE"}'}, 400),
        ({"body": b"[]"}, 400),
        ({"body": b" " * (256 * 1024 + 1)}, 413),
    ],
    ids=lambda told: str(told)[:60],
)
def test_what_is_not_fals_does_nothing(changes: dict[str, Any], status: int, send: Send, told: list[str]):
    assert send(**changes).status_code == status
    assert told == []
    assert not Event.objects.exists()


def test_what_somebody_else_signed_does_nothing(send: Send, told: list[str]):
    assert send(signature=forged(BODY)).status_code == 400
    assert told == []


def test_a_little_late_or_early_is_good_enough(send: Send):
    assert [send(at=seconds).status_code for seconds in (-290, 290)] == [200, 200]


def test_keys_are_kept_and_forgers_do_not_make_us_ask(send: Send, fal: FalTwin):
    assert send().status_code == 200
    assert [send(signature="00" * 64).status_code for _ in range(5)] == [400] * 5
    assert len(fal.calls(endpoint="jwks")) == 1


def test_without_keys_fal_is_asked_to_come_back(send: Send, settings: Any, told: list[str]):
    settings.FAL_JWKS_URL = "http://127.0.0.1:9/jwks.json"
    assert [send().status_code for _ in range(2)] == [503, 503]
    assert told == []


def test_a_get_is_refused(client: Client):
    assert client.get(ADDRESS).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_the_webhook_wakes_who_waits(
    make: Callable[..., Generation],
    fal: FalTwin,
    live_server: LiveServer,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    have: Callable[[], Balance],
    told: list[str],
):
    cache.clear()
    settings.FAL_WEBHOOK_URL = f"{live_server.url}{ADDRESS}"
    monkeypatch.setattr(adapter, "FIRST_PAUSE_TOLD", 600.0)  # so that nothing but the webhook can end it
    fal.script("delay", seconds=1, match={"endpoint": "submit"})
    generation = make(model="flux-schnell", quality="auto")
    assert (generation.status, have()) == ("succeeded", Balance(available=99))
    attempt = Attempt.objects.get()
    assert (attempt.outcome, told) == (Outcome.SUCCEEDED, [attempt.upstream_request])
    assert len(fal.calls(endpoint="status")) <= 3
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_webhook_that_never_comes_is_not_needed(
    make: Callable[..., Generation],
    fal: FalTwin,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    have: Callable[[], Balance],
):
    settings.FAL_WEBHOOK_URL = "http://127.0.0.1:9/fal/webhook"
    monkeypatch.setattr(adapter, "FIRST_PAUSE_TOLD", 0.5)
    generation = make(model="flux-schnell", quality="auto")
    assert (generation.status, have()) == ("succeeded", Balance(available=99))
