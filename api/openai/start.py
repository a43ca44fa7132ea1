"""From a request to a generation that is under way: one hop to a thread, one transaction."""

import time
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from rest_framework.response import Response

from accounts.models import ApiToken, Scope
from api import idempotency
from api.limits import Allowance
from api.openai import joining, parameters
from api.openai.callers import identify
from api.openai.parameters import Ask
from generation import catalogue
from generation.models import Generation, Source
from generation.order import Order
from generation.submit import submit

REPEATS: Final = "x-stainless-retry-count"


@dataclass(frozen=True, slots=True)
class Started:
    """A call whose generation is under way, or done.

    Attributes:
        workspace: id of who pays.
        generation: its id.
        ask: what the client wants back.
        allowance: what is left of the minute.
        call: row to note the answer in; None for a call with an Idempotency-Key.
        replayed: whether the generation was begun by an earlier call.
        begun: `time.monotonic()` of before it was begun; 0 where an earlier call did.
    """

    workspace: uuid.UUID
    generation: uuid.UUID
    ask: Ask
    allowance: Allowance
    call: int | None = None
    replayed: bool = False
    begun: float = 0.0


def start(request: HttpRequest, *, edit: bool) -> Started:
    """Check who asks and what for, and begin it, or join what was begun by the same call before.

    Raises:
        Refusal: nothing was begun and nothing is held.
        APIException: who asks is not known, or may not.
    """
    begun = time.monotonic()
    token, allowance = identify(request, Scope.GENERATIONS_WRITE)
    ask = parameters.read(request, edit=edit)
    print_ = idempotency.fingerprint(request.method or "", request.path, dict(ask.body), _files(request))
    key = idempotency.read_key(request.headers.get("Idempotency-Key"))
    if key is not None:
        return _start_keyed(token, allowance, ask, key, print_)
    repeats = _count(request.headers.get(REPEATS))
    with transaction.atomic():
        if repeats and (first := joining.join(token, print_, repeats)):
            return Started(token.workspace_id, first.generation_id, ask, allowance, first.pk, replayed=True)
        joining.begin(token, print_)
        generation = _submit(token, ask, None)
        call = joining.remember(token, print_, generation)
    return Started(token.workspace_id, generation.pk, ask, allowance, call.pk, begun=begun)


def _start_keyed(token: ApiToken, allowance: Allowance, ask: Ask, key: str, print_: bytes) -> Started:
    with transaction.atomic():
        claimed = idempotency.claim(token.workspace, key, print_, timedelta(0))
        if isinstance(claimed, Response):
            first_one = uuid.UUID(claimed.data["generation"])
            return Started(token.workspace_id, first_one, ask, allowance, replayed=True)
        generation = _submit(token, ask, claimed.effect_key)
        claimed.keep(202, {"generation": str(generation.pk)})
    return Started(token.workspace_id, generation.pk, ask, allowance)


def _submit(token: ApiToken, ask: Ask, key: str | None) -> Generation:
    order = Order(
        prompt=ask.prompt,
        model=ask.model or catalogue.load().default().slug,
        n=ask.n,
        size=ask.size,
        quality=ask.quality,
        background=ask.background,
        output_format=ask.output_format,
        output_compression=ask.output_compression,
        moderation=ask.moderation,
    )
    return submit(
        token.workspace,
        order,
        token=token,
        source=Source.OPENAI,
        request_key=key,
        max_credits=ask.max_credits,
    )


def _files(request: HttpRequest) -> MultiValueDict | None:
    return request.FILES if request.content_type == parameters.FORM else None


def _count(header: str | None) -> int:
    return int(header) if header and header.isascii() and header.isdigit() and len(header) < 4 else 0  # noqa: PLR2004 -- clients repeat twice
