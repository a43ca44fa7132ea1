"""State of fal's twin for the life of the process: requests, files, log, script, signing key."""

import asyncio
import json
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox import trouble
from sandbox.calls import CLIENT_GONE, CallLog, Logged, arrived
from sandbox.fal.errors import FalError, error_body
from sandbox.fal.order import FalOrder
from sandbox.fal.places import Places
from sandbox.fal.webhooks import Notifier
from sandbox.faults import Fault, Script
from sandbox.pictures.studio import Studio
from sandbox.settings import Settings
from sandbox.wire import Answer

FILES_BYTES = 256 * 1024 * 1024
DAY = 86_400
PAYLOADS_LAST = 30 * DAY
"""Seconds for which fal keeps what went into a request and what came out; source: media-expiration."""
LIFECYCLE = "x-fal-object-lifecycle-preference"
START_WITHIN = "x-fal-request-timeout"
FOR_WORK = (
    "delay",
    "hang",
    "hold",
    "moderation_input",
    "moderation_output",
)  # done to the work, not to the call that submits it


@dataclass
class Ticket:
    """One submitted request. `result` is (status, body) once it is done."""

    id: str
    model: str
    order: FalOrder
    fault: Fault | None
    base_url: str
    call: dict[str, Any]
    webhook: str | None = None
    start_within: float | None = None
    files_last: float | None = None
    expires: float = 0
    deleted: bool = False
    created: float = field(default_factory=time.monotonic)
    started: float | None = None
    finished: float | None = None
    result: tuple[int, dict[str, Any]] | None = None
    task: asyncio.Task | None = None

    def urls(self) -> dict[str, str]:
        app = "/".join(self.model.split("/")[:2])
        base = f"{self.base_url}/fal/queue/{app}/requests/{self.id}"
        return {"response_url": base, "status_url": f"{base}/status", "cancel_url": f"{base}/cancel"}


class FalDesk:
    """The twin's state."""

    def __init__(self, settings: Settings, studio: Studio) -> None:
        self.settings = settings
        self.studio = studio
        self.script = Script()
        self.log = CallLog()
        self.tickets: dict[str, Ticket] = {}
        self.files: OrderedDict[str, tuple[bytes, str, float | None]] = OrderedDict()
        self.places = Places(settings.fal_concurrency)
        self.ahead = 0.0
        self.notifier = Notifier()

    def reset(self) -> None:
        for ticket in self.tickets.values():
            if ticket.task:
                ticket.task.cancel()
        self.notifier.reset()
        self.places.reset()
        self.ahead = 0.0
        self.tickets.clear()
        self.files.clear()
        self.script.clear()
        self.log.clear()

    def now(self) -> float:
        """Unix time by the twin's clock, which `/_control/fal/clock` sets ahead."""
        return time.time() + self.ahead

    def keep(
        self, content: bytes, content_type: str, name: str | None = None, seconds: float | None = None
    ) -> str:
        """Store a file, for ever unless told for how many seconds; returns its name, which nobody can guess."""
        name = name or f"{secrets.token_urlsafe(16)}.{content_type.rpartition('/')[2]}"
        self.files[name] = (content, content_type, None if seconds is None else self.now() + seconds)
        while sum(len(kept) for kept, _, _ in self.files.values()) > FILES_BYTES:
            self.files.popitem(last=False)
        return name

    def file(self, name: str) -> tuple[bytes, str] | None:
        """A stored file and its type; None where there is none, or not any more."""
        content, content_type, expires = self.files.get(name, (b"", "", 0.0))
        return None if expires is not None and expires <= self.now() else (content, content_type)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.notifier.start()
        try:
            yield
        finally:
            self.reset()
            await self.notifier.stop()


Work = Callable[[Request, FalDesk, dict[str, Any]], Awaitable[Answer]]
View = Callable[[Request], Awaitable[Logged | Response]]


def endpoint(name: str, *, open_to_all: bool = False) -> Callable[[Work], View]:
    """Wrap an endpoint: log entry under that name, key, script, errors."""

    def wrap(work: Work) -> View:
        async def view(request: Request) -> Logged | Response:
            desk: FalDesk = request.app.state.fal
            if not await arrived(request):
                return CLIENT_GONE
            call = desk.log.start(
                method=request.method,
                path=request.url.path,
                endpoint=name,
                model=request.path_params.get("model"),
                key=request.headers.get("authorization", "")[-4:],
                images=[],
                references=[],
                headers={name: value for name, value in request.headers.items() if "fal-" in name},
            )
            headers = {
                "x-fal-request-id": request.path_params.get("id") or secrets.token_hex(16),
                "content-type": "application/json",
            }
            request.state.headers = headers
            try:
                if not open_to_all:
                    authenticate(request)
                if name in ("submit", "run"):
                    call |= await arguments_of(request)
                fault = desk.script.take(call)
                call["fault"] = fault.do if fault else None
                request.state.fault = fault
                to_call = (
                    fault if fault and not (fault.do in FOR_WORK and name in ("submit", "run")) else None
                )
                early = await trouble.before_work(to_call, request, headers, error_body)
                answer = early or trouble.on_the_way(to_call, await work(request, desk, call))
            except FalError as error:
                answer = Answer(error.status, headers, error.body())
            return Logged(answer, call, desk.log)

        return view

    return wrap


async def arguments_of(request: Request) -> dict[str, Any]:
    """Prompt and all arguments, for the log and for scripts to match."""
    try:
        arguments = await request.json()
    except ValueError:
        raise FalError(422, "The body must be JSON.") from None
    if not isinstance(arguments, dict):
        raise FalError(422, "The body must be a JSON object.")
    request.state.arguments = arguments
    return {
        "prompt": arguments.get("prompt"),
        "n": arguments.get("num_images", 1),
        "size": arguments.get("image_size"),
        "seed": arguments.get("seed"),
    }


def authenticate(request: Request) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    # fal's keys are an id and a secret.
    if scheme.lower() not in ("key", "bearer") or not all(key.partition(":")):
        raise FalError(401, "Authentication is required to access this application")


def answer(request: Request, status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, request.state.headers, json.dumps(body).encode())
