"""Webhook deliveries: signed, retried, logged; the API never waits for them.

Signature: `t=<unix time>,v1=<hex HMAC-SHA256 of "{t}.{body}">`, docs.stripe.com/webhooks#verify-manually.
"""

import asyncio
import hashlib
import hmac
import json
import ssl
import time
from collections import deque
from collections.abc import Coroutine
from typing import Any

import httpx

from sandbox.stripe import versions
from sandbox.stripe.store import Object, Store

TRIES = 10
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 60.0
TIMEOUT = 20.0


def signature(secret: str, body: bytes, at: int) -> str:
    """The value of the Stripe-Signature header."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Courier:
    """Sends events to webhook endpoints in the background."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.log: deque[dict[str, Any]] = deque(maxlen=20_000)
        self.tasks: set[asyncio.Task] = set()
        self.open = asyncio.Event()
        self.open.set()
        self.client: httpx.AsyncClient | None = None

    def start(self) -> None:
        """Open the client and take up what an earlier process could not deliver."""
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=20)
        # Endpoints are trusted as this system trusts: SSL_CERT_FILE may name an authority of one's own.
        trusted = ssl.create_default_context()
        self.client = httpx.AsyncClient(timeout=TIMEOUT, limits=limits, verify=trusted, trust_env=False)
        for event in list(self.store.kinds.get("event", {}).values()):
            if event["pending_webhooks"]:
                self.send(event)

    async def stop(self) -> None:
        self.reset()
        await self.client.aclose()

    def reset(self) -> None:
        for task in self.tasks:
            task.cancel()
        self.log.clear()
        self.open.set()

    def endpoints(self, type_: str) -> list[Object]:
        """Enabled endpoints that want this type."""
        return [
            endpoint
            for endpoint in self.store.kinds.get("webhook_endpoint", {}).values()
            if endpoint["status"] == "enabled" and {"*", type_} & set(endpoint["enabled_events"])
        ]

    def send(self, event: Object) -> None:
        """Deliver to every endpoint, each with its own retries."""
        endpoints = self.endpoints(event["type"])
        event["pending_webhooks"] = len(endpoints)
        for endpoint in endpoints:
            self._spawn(self._deliver(event, endpoint, self._body(event, endpoint)))

    def _body(self, event: Object, endpoint: Object) -> bytes:
        """The event in the version with which the endpoint was made, or the account's."""
        version = endpoint["api_version"] or event["api_version"]
        return json.dumps(versions.shown(self.store, event, version), indent=2).encode()

    def _spawn(self, work: Coroutine) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _deliver(self, event: Object, endpoint: Object, body: bytes) -> None:
        pause = FIRST_PAUSE
        for number in range(1, TRIES + 1):
            await self.open.wait()
            if self.store.objects.get(endpoint["id"]) is not endpoint or endpoint["status"] != "enabled":
                return
            if await self.post(event, endpoint, body, number) == "delivered":
                event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
                self.store.dirty = True
                return
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def post(self, event: Object, endpoint: Object, body: bytes, number: int) -> str:
        """One try; writes the log. Returns `delivered` or `failed`."""
        at = time.time()
        entry = {
            "event": event["id"],
            "type": event["type"],
            "object": event["data"]["object"].get("id"),
            "endpoint": endpoint["id"],
            "url": endpoint["url"],
            "attempt": number,
            "started": at,
            "finished": None,
            "status": None,
            "error": None,
        }
        self.log.append(entry)
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "stripe-signature": signature(endpoint["_secret"], body, int(at)),
        }
        try:
            answer = await self.client.post(endpoint["url"], content=body, headers=headers)
            entry["status"] = answer.status_code
        except httpx.HTTPError as error:
            entry["error"] = f"{type(error).__name__}: {error}"
        entry["finished"] = time.time()
        return "delivered" if entry["status"] and 200 <= entry["status"] < 300 else "failed"

    async def redeliver(self, events: list[Object], endpoint_id: str | None) -> list[dict[str, Any]]:
        """Post all at the same time, once each, also to endpoints that already have them; returns what came of it."""
        tries = [
            (event, endpoint, self._body(event, endpoint))
            for event in events
            for endpoint in self.endpoints(event["type"])
            if endpoint_id in (None, endpoint["id"])
        ]
        outcomes = await asyncio.gather(
            *(self.post(event, endpoint, body, 0) for event, endpoint, body in tries)
        )
        return [
            {"event": event["id"], "endpoint": endpoint["id"], "outcome": outcome}
            for (event, endpoint, _), outcome in zip(tries, outcomes, strict=True)
        ]
