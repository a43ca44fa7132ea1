"""Submission of orders: a generation with its credits held and its work queued, all or nothing."""

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from accounts.models import ApiToken, User, Workspace
from billing import ledger
from core import ids
from core.errors import KeyReused
from core.outputs import log_context, tracing
from core.wording import in_words
from generation.catalog import magic_words
from generation.errors import MaxCreditsExceeded
from generation.events import publishing
from generation.lifecycle import traces
from generation.models import Generation, Image, Source
from generation.orders import daily_test_images, previews
from generation.orders.order import Order
from generation.orders.preparation import OrderPreparer
from generation.orders.pricing import Quote

_SUBMIT = "SELECT generation_submit(%s::jsonb, %s::jsonb, %s::uuid[], %s::jsonb)"
_KNOWN = "SELECT id FROM generation_generation WHERE workspace_id = %s AND request_key = %s"


class _KeyTakenError(Exception):
    """Another transaction was first with this request key; this one's hold is rolled back."""


def submit(
    workspace: Workspace,
    order: Order,
    *,
    source: Source | str,
    user: User | None = None,
    token: ApiToken | None = None,
    request_key: str | None = None,
    max_credits: int | None = None,
    price: Quote | None = None,
) -> Generation:
    """Hold the credits of an order and queue its images.

    One transaction: hold, generation, images, jobs, event. Either all of it exists afterwards or nothing.

    Args:
        workspace: who pays.
        order: what is asked for.
        source: where it was asked for.
        user: the member who asked, if a person did.
        token: the token that asked, if a program did.
        request_key: the same key with the same order is the same request, and returns the first generation.
        max_credits: refuse a quote above it.
        price: what this order was promised, whatever it would cost now.

    Raises:
        KeyReused: the key stands for another order.
        MaxCreditsExceeded: the quote is above `max_credits`.
        DailyTestLimitReached: the test world has ordered the day's images.
        Refusal: the order or the ledger's refusal, see `OrderPreparer.prepare` and `ledger.hold`, or in a test world one that
            magic words of the prompt ask for.
    """
    fingerprint = _fingerprint(order, workspace)
    if request_key is not None and (first := _first(workspace, request_key, fingerprint)):
        log_context.bind(workspace=workspace.pk, generation=first.pk)
        return first
    began = tracing.now()
    generation = OrderPreparer(workspace).freeze(order)
    quoted = tracing.now()
    log_context.bind(workspace=workspace.pk, generation=generation.pk)
    if price is not None:
        generation.quote, generation.credits = price.as_json(), price.credits
    generation.partials = _partials(generation, order, source)
    if max_credits is not None and generation.credits > max_credits:
        raise MaxCreditsExceeded(
            f"This costs {in_words(generation.credits)}, more than the {max_credits} you allowed. Nothing was charged.",
            param="max_credits",
            credits=generation.credits,
            max_credits=max_credits,
        )
    generation.source, generation.created_by, generation.token = source, user, token
    generation.request_key, generation.fingerprint = request_key, fingerprint
    try:
        with transaction.atomic():
            if generation.is_test:
                magic_words.refuse_as_asked(order.prompt)
                daily_test_images.count_in(workspace, generation.count)
            if generation.credits:
                ledger.hold(
                    workspace, generation.credits, reference=generation.reference, actor=user, token=token
                )
            _write(generation)
    except _KeyTakenError:
        first = _first(workspace, str(request_key), fingerprint)
        assert first is not None, "the insert that was in the way is committed, and generations stay"
        log_context.bind(generation=first.pk)
        return first
    traces.record_order(generation, began, quoted)
    return generation


def _partials(generation: Generation, order: Order, source: Source | str) -> int:
    """Return how many partial images each call asks for."""
    if not generation.model.supports_streaming:
        return 0
    if order.partials is not None:
        return order.partials
    if source not in {Source.STUDIO, Source.TRIAL}:
        return 0
    return previews.previews_for(generation.credits // generation.count, len(generation.references))


def _write(generation: Generation) -> None:
    image = Image(
        workspace_id=generation.workspace_id,
        generation=generation,
        credits=generation.credits // generation.count,
        created_at=generation.created_at,
    )
    made = [image.id, *(ids.new() for _ in range(generation.count - 1))]
    with connection.cursor() as cursor:
        cursor.execute(
            _SUBMIT,
            [
                json.dumps(row(generation)),
                json.dumps(row(image)),
                made,
                json.dumps(publishing.queued(generation, made)),
            ],
        )
        (written,) = cursor.fetchone() or (False,)
    if not written:
        raise _KeyTakenError
    generation._state.adding = False  # noqa: SLF001 -- Django's documented mark of a row that is in the database


def _first(workspace: Workspace, request_key: str, fingerprint: bytes) -> Generation | None:
    """Return the generation that the workspace's key stands for.

    Raises:
        KeyReused: it was another order.
    """
    # The ORM's query for what is hardly ever there cost a third of a submission.
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [workspace.pk, request_key])
        known = cursor.fetchone()
    if known is None:
        return None
    first = workspace.generations.get(pk=known[0])
    if bytes(first.fingerprint) != fingerprint:
        raise KeyReused(
            "This idempotency key was used for another request. Nothing was charged; send a new key.",
            param="request_key",
        )
    return first


def _fingerprint(order: Order, workspace: Workspace) -> bytes:
    asked = {name: getattr(order, name) for name in Order.__slots__}
    # By name and without defaults, so that one more leaves earlier fingerprints as they are.
    asked["parameters"] = order.parameters.chosen()
    for name in ("external_id", "metadata"):
        if not asked[name]:
            del asked[name]
    words = json.dumps([asked, workspace.is_test], default=str, ensure_ascii=True)
    return hashlib.sha256(words.encode()).digest()


def row(instance: models.Model) -> dict[str, Any]:
    """Convert an instance for jsonb_populate_record; the ORM's insert costs several times as much."""
    fields: Iterable[models.Field[Any, Any]] = instance._meta.concrete_fields  # noqa: SLF001 -- Django's documented API
    return {str(field.column): _plain(getattr(instance, field.attname)) for field in fields}


def _plain(value: Any) -> Any:
    match value:
        case uuid.UUID():
            return str(value)
        case datetime():
            return value.isoformat()
        case bytes():
            return "\\x" + value.hex()
        case list():
            return [_plain(item) for item in value]
        case _:
            return value
