"""State of OpenAI's twin for the life of the process, and the handling that all endpoints share."""

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.calls import CLIENT_GONE, CallLog, Logged, arrived
from sandbox.faults import Script
from sandbox.openai.errors import OpenAIError, of_status
from sandbox.openai.limit import Limit
from sandbox.pictures.studio import Studio
from sandbox.settings import Settings
from sandbox.wire import Answer


@dataclass
class TwinState:
    """The twin's logs, script, limit and studio: `log` counts what is paid, `checks` what costs nothing."""

    settings: Settings
    studio: Studio
    script: Script = field(default_factory=Script)
    log: CallLog = field(default_factory=CallLog)
    limit: Limit = field(default_factory=Limit)
    checks: CallLog = field(default_factory=CallLog)

    def reset(self) -> None:
        self.script.clear()
        self.log.clear()
        self.limit.set()
        self.checks.clear()


OWNED = {"organization": "org-sandbox", "project": "proj_sandbox"}
"""What keys belong to; a header that says otherwise is refused, as is an empty one."""

Work = Callable[[Request, TwinState, dict[str, Any]], Awaitable[Answer]]
View = Callable[[Request], Awaitable[Logged | Response]]


def endpoint(work: Work) -> View:
    """Wrap an endpoint: log entry, key, errors in OpenAI's envelope."""
    return _wrapped(work, lambda desk: desk.log)


def free_endpoint(work: Work) -> View:
    """The same for calls that cost nothing, which are logged apart."""
    return _wrapped(work, lambda desk: desk.checks)


def _wrapped(work: Work, log_of: Callable[[TwinState], CallLog]) -> View:
    async def view(request: Request) -> Logged | Response:
        desk: TwinState = request.app.state.openai
        if not await arrived(request):
            return CLIENT_GONE
        log = log_of(desk)
        request_id = f"req_{secrets.token_hex(16)}"
        call = log.start(
            method=request.method,
            path=request.url.path,
            endpoint=request.url.path.partition("/v1/")[2],
            key=request.headers.get("authorization", "")[-4:],
            request_id=request_id,
            retry_count=request.headers.get("x-stainless-retry-count"),
            idempotency_key=request.headers.get("idempotency-key"),
            images=[],
            references=[],
        )
        request.state.headers = headers_of(request_id)
        try:
            authenticate(request)
            answer = await work(request, desk, call)
        except OpenAIError as error:
            headers = {**json_headers(request), **(error.headers or {})}
            answer = Answer(error.status, headers, error.body())
        return Logged(answer, call, log)

    return view


def headers_of(request_id: str) -> dict[str, str]:
    return {
        "x-request-id": request_id,
        "openai-version": "2020-10-01",
        "openai-organization": "sandbox",
        "date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()),
    }


def json_headers(request: Request) -> dict[str, str]:
    return {**request.state.headers, "content-type": "application/json"}


def authenticate(request: Request) -> None:
    """Any key that starts with sk- will do, where the call names no other organization or project than the key's."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        message = "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth."
        raise OpenAIError(401, message)
    if not key.startswith("sk-"):
        hidden = f"{key[:3]}***{key[-4:]}"
        raise OpenAIError(401, f"Incorrect API key provided: {hidden}.", code="invalid_api_key")
    for name, owned in OWNED.items():
        if request.headers.get(f"openai-{name}", owned) != owned:
            message = f"OpenAI-{name.capitalize()} header should match {name} for API key"
            raise OpenAIError(401, message, code=f"mismatched_{name}")


def count(request: Request, desk: TwinState, model: str, references: int) -> None:
    """Count a call against the limits; from here on every answer tells of them."""
    refusal, headers = desk.limit.take(model, references)
    request.state.headers |= headers
    if refusal:
        raise refusal


def error_body(status: int, options: Mapping[str, Any]) -> bytes:
    """What a scripted `status` sends: the given body, or OpenAI's usual one."""
    if "body" in options:
        return str(options["body"]).encode()
    return of_status(status, options).body()
