"""The start of a generation from a request."""

import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from django.core.handlers.asgi import ASGIRequest
from django.db import Error, transaction
from django.http import HttpRequest
from rest_framework.response import Response

from accounts.models import ApiToken, Scope
from api import idempotency
from api.openai import parameters, retries
from api.openai.authentication import identify
from api.openai.deliveries import Delivery, delivery_of
from api.openai.input_images import InputImage
from api.openai.parameters import ImageRequest
from core import ids
from core.errors import Refusal
from core.inputs import parsing
from core.safe_addresses import LinkRefused
from core.safe_http import SECONDS, LinkFailed, LinkTooLarge
from generation.catalog import cache
from generation.errors import FileRefused, LiveOnly, ReferenceNotFound
from generation.media.concurrency import SlotsBusy
from generation.models import Generation, Source
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.references import library

REPEATS: Final = "x-stainless-retry-count"
MOST_REPEATS: Final = 999
LEASE: Final = timedelta(minutes=2)
"""How long a key is leased: longer than it takes to read a call's images."""
LINKS: Final = 45.0
"""Seconds for all the links of a call together."""

type Turn = Callable[[uuid.UUID], AbstractContextManager[Any]]
"""Holds a slot of a workspace's share of the process while its locks are waited for."""


@dataclass(frozen=True, slots=True)
class AuthorizedRequest:
    """An authenticated call with its parameters.

    Attributes:
        token: the caller's.
        ask: the parameters.
        fingerprint: sha256 of method, path and body.
        key: the Idempotency-Key, if the client sent one.
        repeats: how often the client has retried the call automatically.
        begun: `time.monotonic()` of when it was read.
        images_in_flight: as many as the workspace's tier allows; 0 for a call that does not stream.
        delivery: what becomes of the answer.
    """

    token: ApiToken
    ask: ImageRequest
    fingerprint: bytes
    key: str | None
    repeats: int
    begun: float
    images_in_flight: int
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class StartedCall:
    """A call whose generation is under way, or done.

    Attributes:
        asked: the call.
        generation: id of its generation.
        replayed: whether an earlier call began the generation.
    """

    asked: AuthorizedRequest
    generation: uuid.UUID
    replayed: bool = False


def read(request: HttpRequest, *, edit: bool) -> AuthorizedRequest:
    """Authenticate the caller and read the parameters.

    Raises:
        Refusal: the parameters can't be accepted.
        APIException: the caller is unknown, or lacks the scope.
    """
    begun = time.monotonic()
    token = identify(request, Scope.GENERATIONS_WRITE)
    ask = parameters.read(request, edit=edit)
    if ask.stream and not isinstance(request, ASGIRequest):
        raise LiveOnly("Only the live process streams.")
    delivery = delivery_of(request)
    delivery.is_counted = REPEATS in request.headers
    files = request.FILES if request.content_type == parameters.FORM else None
    return AuthorizedRequest(
        token=token,
        ask=ask,
        fingerprint=idempotency.fingerprint(request.method or "", request.path, dict(ask.body), files),
        key=idempotency.read_key(request.headers.get("Idempotency-Key")),
        repeats=_count(request.headers.get(REPEATS)),
        begun=begun,
        images_in_flight=cache.tier_of(token.workspace).images_in_flight if ask.stream else 0,
        delivery=delivery,
    )


def begin(
    asked: AuthorizedRequest, turn: Turn = nullcontext, *, patient: bool = False, was_orphaned: bool = False
) -> StartedCall:
    """Begin the generation, or join the one that the same call has begun before.

    There is no transaction around all of it: each effect has a natural key, which a repetition finds.

    Args:
        asked: the call.
        turn: what the order itself waits for, once the call's images are read.
        patient: whether to wait for what another process may know of an identical call.
        was_orphaned: whether the process of an identical call seemed to be dead before; see `retries.connect`.

    Raises:
        Refusal: nothing was begun and nothing is held.
        UnsettledError: only if `patient`; nothing was begun, and it is to be called again.
    """
    if asked.key is not None:
        return _keyed(asked, asked.key, turn)
    connected = retries.connect(
        asked.token, asked.fingerprint, asked.repeats, patient=patient, was_orphaned=was_orphaned
    )
    asked.delivery.connect(connected)
    try:
        generation = _submit(asked, connected.request_key, turn)
    except Refusal:
        asked.delivery.connection = None
        # What an earlier connection has begun can be joined by another one still.
        (retries.lost if connected.joins else retries.forget)(connected)
        raise
    return StartedCall(asked, generation.pk, replayed=connected.joins > 0)


def _keyed(asked: AuthorizedRequest, key: str, turn: Turn) -> StartedCall:
    """Return the generation of the key's first response, or begin one under the key's own natural key."""
    with transaction.atomic():
        claimed = idempotency.claim(asked.token.workspace, key, asked.fingerprint, LEASE)
    if isinstance(claimed, Response):
        return StartedCall(asked, uuid.UUID(claimed.data["generation"]), replayed=True)
    try:
        generation = _submit(asked, claimed.effect_key, turn)
    except Refusal:
        claimed.row.delete()
        raise
    except Error as error:
        idempotency.release_if_transient(claimed, error)
        raise
    claimed.keep(HTTPStatus.ACCEPTED, {"generation": str(generation.pk)})
    return StartedCall(asked, generation.pk)


def _upload(asked: AuthorizedRequest) -> tuple[tuple[uuid.UUID, ...], uuid.UUID | None]:
    """Store the call's images as references of the workspace; the same image again is the same reference."""
    ask, until = asked.ask, time.monotonic() + LINKS
    given = [*ask.images, *([ask.mask] if ask.mask else [])]
    known = library.fetch(asked.token.workspace, [one.reference for one in given if one.reference])
    for one in given:
        if one.reference and one.reference not in known:
            raise ReferenceNotFound(
                f"There is no reference with the file_id of {one.param}. Upload it first; nothing was charged.",
                param=one.param,
            )
    images = tuple(_reference(asked.token, one, until) for one in ask.images)
    return images, _reference(asked.token, ask.mask, until, is_mask=True) if ask.mask else None


def _reference(token: ApiToken, given: InputImage, until: float, *, is_mask: bool = False) -> uuid.UUID:
    try:
        if given.link is not None:
            seconds = min(SECONDS, max(0.0, until - time.monotonic()))
            return library.import_link(token.workspace, given.link, is_mask=is_mask, seconds=seconds).pk
        if given.file is not None:
            return library.upload(token.workspace, given.file, is_mask=is_mask).pk
    except (FileRefused, LinkRefused, LinkFailed, LinkTooLarge, SlotsBusy) as refused:
        refused.param = given.param
        raise
    return given.reference or ids.NOBODY


def _submit(asked: AuthorizedRequest, key: str, turn: Turn) -> Generation:
    images, mask = _upload(asked)
    ask = asked.ask
    order = Order(
        prompt=ask.prompt,
        model=ask.model or cache.load().default().slug,
        n=ask.n,
        parameters=ask.parameters,
        references=images,
        mask=mask,
        partials=ask.partial_images if ask.stream else 0,
        external_id=ask.external_id,
        metadata=tuple(sorted(ask.metadata.items())),
    )
    with turn(asked.token.workspace_id):
        try:
            return submit(
                asked.token.workspace,
                order,
                token=asked.token,
                source=Source.OPENAI,
                request_key=key,
                max_credits=ask.max_credits,
            )
        except Refusal as refused:
            if refused.param == "references" and ask.images:
                refused.param = ask.images[0].param.partition("[")[0]
            raise


def _count(header: str | None) -> int:
    return parsing.number(header or "", most=MOST_REPEATS) or 0
