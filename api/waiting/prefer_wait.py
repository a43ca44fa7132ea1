"""`Prefer: wait=N` (RFC 7240, section 4.3): the response to a POST of a generation waits until it is finished.

Waiting is done here, in front of Django, because inside it each waiting request would hold a thread and its
resources. A process that speaks WSGI answers 202 at once, as the RFC allows.
"""

import json
import logging
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from django.db import Error

from api.bodies.middleware import App, Message, Receive, Scope, Send
from api.costs.headers import Cost
from api.serializers.representations import represent
from api.waiting.waiters import wait_until_finished
from core import ids
from core.database.asynchronous import in_db_thread
from core.database.availability import is_transient
from generation.models import Generation

PATH: Final = "/api/v1/generations"
LONGEST: Final = 60
log = logging.getLogger("createio.request")
_WAIT: Final = re.compile(rb"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,4})\"?(?:$|[,;\s])", re.IGNORECASE)


class PreferWaitMiddleware:
    """Holds the response back until the generation is finished, or the client's time limit is over."""

    def __init__(self, django: App) -> None:
        self.django = django

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        seconds = _seconds(scope) if scope["type"] == "http" else 0
        if not seconds:
            await self.django(scope, receive, send)
            return
        held = _HeldResponse()
        # What is held is read again, so it must not be compressed.
        headers = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self.django(scope | {"headers": headers}, receive, held.receive)
        if held.start.get("status") == HTTPStatus.ACCEPTED:
            try:
                await _wait(held, seconds)
            except Error as fault:
                # The order stands, which is what the held response says.
                if not is_transient(fault):
                    raise
                log.warning("%s %s is not waited for: %s", scope["method"], PATH, fault)
        await held.send(send)


class _HeldResponse:
    """A response that has not been sent yet."""

    def __init__(self) -> None:
        self.start: dict[str, Any] = {}
        self.body = b""

    async def receive(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = dict(message)
        else:
            self.body += message.get("body", b"")

    def replace(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        told = {name.lower().encode(): value.encode() for name, value in headers.items()}
        told[b"content-length"] = b"%d" % len(body)
        kept: Iterable[Any] = (pair for pair in self.start["headers"] if pair[0].lower() not in told)
        self.start["headers"] = [*kept, *told.items()]
        self.start["status"], self.body = status, body

    async def send(self, send: Send) -> None:
        if self.start:
            await send(self.start)
            await send({"type": "http.response.body", "body": self.body})


async def _wait(held: _HeldResponse, seconds: int) -> None:
    generation = await in_db_thread(_read)(json.loads(held.body)["id"])
    if await wait_until_finished(generation.workspace_id, generation.pk, seconds):
        body, cost = await in_db_thread(_represent)(generation)
        held.replace(HTTPStatus.OK, body, {"Preference-Applied": f"wait={seconds}", **cost.headers})


def _seconds(scope: Scope) -> int:
    if scope["method"] != "POST" or scope["path"] != PATH:
        return 0
    preferences = b",".join(value for name, value in scope["headers"] if name == b"prefer")
    found = _WAIT.search(preferences)
    return min(LONGEST, int(found[1])) if found else 0


def _read(public_id: str) -> Generation:
    key = ids.parse("gen", public_id)
    assert key is not None, "Django has just answered with it"
    return Generation.objects.get(pk=key)


def _represent(generation: Generation) -> tuple[bytes, Cost]:
    generation.refresh_from_db()
    body, cost = represent(generation)
    return json.dumps(body, ensure_ascii=False).encode(), cost
