"""`/v1/`, as OpenAI's clients call it. Tokens only; no cookie is read, so CSRF has nothing to forge."""

import json
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, suppress
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from django.core.signals import got_request_exception
from django.db import Error
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from accounts.access import public
from api import requests
from api.costs import headers
from api.costs.headers import Cost
from api.openai import errors, open_streams, responses
from api.openai.authentication import ALLOWANCE, identify
from api.openai.deliveries import begin_settled, delivery_of
from api.openai.edit_threads import begin_edit
from api.openai.other_models import WARNING
from api.openai.streaming import Stream
from api.openai.submission import AuthorizedRequest, StartedCall, begin, read
from api.problems import AWAY, UNFORESEEN, explain
from api.rate_limits.counter import RateLimitUsage
from api.waiting.waiters import wait_until_finished
from core.database.asynchronous import in_db_thread, run_for_request
from core.errors import Refusal
from core.outputs import log_context
from generation.catalog import cache, selection
from generation.errors import ModelNotFound
from generation.models import ImageModel, Stage

UNFINISHED: Final = {"still_running", "storage_unavailable", UNFORESEEN.code, AWAY.code}
"""Errors after which the image may be there all the same: the same request again gets it."""
LONGEST: Final = 900.0
"""Seconds that a call waits. OpenAI's own clients give up after 600; a retry joins."""

_COST: Final = "cost_headers"
"""The attribute of a request that has the headers that say what its generation has cost."""

type View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]
log = logging.getLogger("createio.request")


class OpenAIStreamingResponse(StreamingHttpResponse):
    """A streamed response.

    Attributes:
        held: what is held until it has ended.
        is_complete: returns whether all images are among the events so far.
    """

    held: ExitStack | None = None
    is_complete: Callable[[], bool]


def endpoint(*verbs: str) -> Callable[[View], View]:
    """Make an endpoint for these methods (none: for all) that reports refusals and faults in OpenAI's format."""
    allowed = ", ".join((*verbs, "OPTIONS"))

    def decorate(view: View) -> View:
        @wraps(view)
        async def answer(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            began, name = time.monotonic(), requests.new_id()
            log_context.bind(request_id=name)
            response: HttpResponseBase
            try:
                response = await _chosen(view, verbs, request)(request, **kwargs)
            except Exception as error:
                problem = explain(error)
                if problem is UNFORESEEN:
                    log.exception("%s %s failed", request.method, request.path)
                    got_request_exception.send(sender=None, request=request)
                delivery_of(request).is_unfinished = problem.code in UNFINISHED
                response = errors.error_response(problem)
            if verbs and (
                request.method == "OPTIONS" or response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
            ):
                response["Allow"] = allowed
            took = int((time.monotonic() - began) * 1000)
            log.info("%s %s %s %d ms", request.method, request.path, response.status_code, took)
            response["x-request-id"] = name
            for header, value in getattr(request, _COST, {}).items():
                response[header] = value
            for header, value in _allowance(getattr(request, ALLOWANCE, None)).items():
                response[header] = value
            response["openai-processing-ms"] = str(took)
            response.setdefault("Cache-Control", "no-store")
            return response

        # Nothing here reads a cookie: the Authorization header alone identifies the caller.
        return csrf_exempt(public(answer))

    return decorate


@endpoint("POST")
async def generations(request: HttpRequest) -> HttpResponseBase:
    """Make images from a prompt."""
    return await _images(request, edit=False)


@endpoint("POST")
async def edits(request: HttpRequest) -> HttpResponseBase:
    """Make images from a prompt and images."""
    return await _images(request, edit=True)


@endpoint("GET", "HEAD")
async def models(request: HttpRequest) -> HttpResponseBase:
    """List the models that take orders."""
    return await in_db_thread(_models)(request)


@endpoint("GET", "HEAD")
async def model(request: HttpRequest, model: str) -> HttpResponseBase:
    """Show one model."""
    return await in_db_thread(_model)(request, model)


@endpoint()
async def missing(request: HttpRequest, rest: str = "") -> HttpResponseBase:
    """Refuse addresses that don't exist.

    Raises:
        UnknownUrl: always.
    """
    raise errors.UnknownUrl(f"Invalid URL ({request.method} {request.path})")


def _chosen(view: View, verbs: tuple[str, ...], request: HttpRequest) -> View:
    if not verbs or request.method in verbs:
        return view
    return _say_verbs if request.method == "OPTIONS" else _wrong_verb


async def _say_verbs(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
    """Answer OPTIONS (RFC 9110, section 9.3.7)."""
    response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    del response["Content-Type"]
    return response


async def _wrong_verb(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
    raise errors.WrongVerb(f"Not allowed to {request.method} on {request.path}.")


async def _images(request: HttpRequest, *, edit: bool) -> HttpResponseBase:
    with ExitStack() as held:

        def admit(asked: AuthorizedRequest) -> None:
            log_context.bind(workspace=asked.token.workspace_id)
            if asked.ask.stream:
                held.enter_context(open_streams.slot(asked.token.workspace_id, asked.images_in_flight))

        started = await (begin_edit if edit else _begin)(request, admit)
        asked = started.asked
        log_context.bind(generation=started.generation)
        try:
            if asked.ask.stream:
                await _tell_cost(request, started)
                response = await _stream(started, "image_edit" if edit else "image_generation")
                response.held = held.pop_all()
                return response
            body, cost = await _finished(started)
        except Refusal:
            with suppress(Error):  # the refusal is what has to be said
                await _tell_cost(request, started)
            raise
    setattr(request, _COST, cost.headers)
    return _dressed(HttpResponse(body, content_type="application/json"), started)


async def _finished(started: StartedCall) -> tuple[bytes, Cost]:
    asked = started.asked
    begun = 0.0 if started.replayed else asked.begun
    if not await wait_until_finished(asked.token.workspace_id, started.generation, LONGEST, begun):
        raise errors.StillMaking(
            "The image is still being made. Nothing is lost: it will be in your gallery, and sending the same request again waits for it."
        )
    return await in_db_thread(responses.images_response)(started.generation, asked.ask)


async def _tell_cost(request: HttpRequest, started: StartedCall) -> None:
    """Let the answer's headers say what the generation has cost by now."""
    setattr(request, _COST, (await in_db_thread(headers.read)(started.generation)).headers)


async def _begin(request: HttpRequest, admit: Callable[[AuthorizedRequest], None]) -> StartedCall:
    asked = await in_db_thread(read)(request, edit=False)
    admit(asked)

    async def attempt(*, patient: bool, was_orphaned: bool) -> StartedCall:
        return await run_for_request(
            asked.token.workspace_id, begin, asked, patient=patient, was_orphaned=was_orphaned
        )

    return await begin_settled(attempt)


async def _stream(started: StartedCall, kind: str) -> OpenAIStreamingResponse:
    stream = Stream(started, kind)
    response = OpenAIStreamingResponse(await stream.open(), content_type="text/event-stream")
    response.is_complete = lambda: len(stream.sent) >= started.asked.ask.n
    return _dressed(response, started)


def _dressed[Sent: (HttpResponse, OpenAIStreamingResponse)](response: Sent, started: StartedCall) -> Sent:
    if started.replayed:
        response["Idempotent-Replayed"] = "true"
    if started.asked.ask.warnings:
        response[WARNING] = " ".join(started.asked.ask.warnings)
    return response


def _models(request: HttpRequest) -> HttpResponse:
    identify(request, None)
    body = {"object": "list", "data": [_shown(one) for one in cache.load().offered()]}
    return HttpResponse(json.dumps(body), content_type="application/json")


def _model(request: HttpRequest, slug: str) -> HttpResponse:
    token = identify(request, None)
    found = cache.load().find(slug)
    if found is None or found.stage() in {Stage.UPCOMING, Stage.DISABLED}:
        raise ModelNotFound("The model does not exist. GET /v1/models lists those that do.", param="model")
    if found.stage() is Stage.RETIRED:
        # A retired model is refused with its replacement's name.
        selection.choose(token.workspace, slug)
    return HttpResponse(json.dumps(_shown(found) | {"id": slug}), content_type="application/json")


def _shown(model: ImageModel) -> dict[str, Any]:
    """Describe a model as OpenAI's clients know it; `status` is ours, and their clients ignore it."""
    return {
        "id": model.slug,
        "object": "model",
        "created": int(model.available_from.timestamp()),
        "owned_by": model.provider_id,
        "status": cache.load().status(model),
        "shutdown_date": f"{model.retired_at:%Y-%m-%d}" if model.retired_at else None,
    }


def _allowance(allowance: RateLimitUsage | None) -> dict[str, str]:
    """Return our RateLimit headers, and OpenAI's for the limit that leaves least; nothing for an unknown caller."""
    if allowance is None:
        return {}
    least = allowance.exceeded or allowance.tightest
    return allowance.headers | {
        "x-ratelimit-limit-requests": str(least.most),
        "x-ratelimit-remaining-requests": str(least.remaining),
        "x-ratelimit-reset-requests": f"{least.seconds_left}s",
    }
