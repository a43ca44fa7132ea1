"""Stripe's side of a test: the twin's API and control, and events carried to our webhook by hand."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

import httpx
from django.conf import settings
from django.http import HttpResponseBase
from django.test import Client

from billing.stripe import webhook_endpoint
from tests.support.network.plain import NOBODY


class Stripe:
    """The twin, as a customer, a bank and Stripe itself use it."""

    def __init__(self, url: str) -> None:
        self.control = httpx.Client(
            base_url=f"{url}/_control/stripe", trust_env=False, timeout=10, verify=NOBODY
        )
        self.api = httpx.Client(
            base_url=f"{url}/stripe/v1",
            auth=(settings.STRIPE_SECRET_KEY, ""),
            trust_env=False,
            timeout=10,
            verify=NOBODY,
        )

    def close(self) -> None:
        self.control.close()
        self.api.close()

    def do(self, path: str, **body: Any) -> dict[str, Any]:
        """`do("sessions/cs_1/pay")`."""
        answer = self.control.post(f"/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def get(self, path: str) -> dict[str, Any]:
        answer = self.api.get(f"/{path}")
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, **form: Any) -> dict[str, Any]:
        answer = self.api.post(f"/{path}", data=form)
        answer.raise_for_status()
        return answer.json()

    def events(self, *types: str) -> list[dict[str, Any]]:
        """What happened, oldest first."""
        found = self.get("events?limit=100")["data"]
        return [event for event in reversed(found) if not types or event["type"] in types]


def signed(body: bytes, *, secret: str | None = None, at: float | None = None) -> str:
    """The header with which Stripe signs a body."""
    moment = int(time.time() if at is None else at)
    key = settings.STRIPE_WEBHOOK_SECRET if secret is None else secret
    digest = hmac.new(key.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def deliver(event: Mapping[str, Any], client: Client | None = None) -> HttpResponseBase:
    """Hand one event to our webhook, as Stripe does."""
    body = json.dumps(event).encode()
    return (client or Client(raise_request_exception=False)).post(
        webhook_endpoint.PATH,
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signed(body)},
    )


def deliver_all(events: Iterable[Mapping[str, Any]]) -> None:
    for event in events:
        assert deliver(event).status_code == 200, event["type"]
