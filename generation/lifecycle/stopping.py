"""Ends of waiting images: canceled, switched off by operators, or waiting for too long."""

import uuid
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from core.database.availability import LockSkippingPass
from generation.catalog import cache
from generation.lifecycle import batch_completion, settlement
from generation.lifecycle.dispatch import dispatch
from generation.lifecycle.retry_policy import TOTAL
from generation.models import (
    TEST,
    UNFINISHED,
    Batch,
    Generation,
    Image,
    ImageModel,
    ImageStatus,
    Provider,
    Reason,
)

AT_ONCE = 500
"""Number of generations that one call handles; the sweeper's next round handles the rest."""
SWITCHED_OFF = "Switched off by the operators"
WAITED_TOO_LONG = "Its provider did not work for ten minutes"
NOT_STORED = "Our storage did not work for ten minutes"
_TOO_LONG = """
    SELECT generation.workspace_id, generation.id, array_agg(image.id), bool_or(store.is_open)
    FROM generation_image AS image
    JOIN generation_generation AS generation ON generation.id = image.generation_id
    JOIN generation_imagemodel AS model ON model.slug = generation.model_id
    LEFT JOIN generation_circuit AS circuit ON circuit.state <> 'closed'
        AND circuit.provider_id = CASE WHEN generation.is_test THEN 'test' ELSE model.provider_id END
    LEFT JOIN generation_pace AS pace ON pace.model_id = coalesce(model.shares_limits_of_id, model.slug)
        AND pace.provider_id = CASE WHEN generation.is_test THEN 'test' ELSE model.provider_id END
    LEFT JOIN generation_storecircuit AS store ON store.is_open
    WHERE image.parked_at IS NOT NULL AND image.status = 'waiting' AND (
        coalesce(image.started_at, greatest(image.dispatched_at, circuit.since)) < now() - make_interval(secs => %(total)s)
            AND circuit.state IS NOT NULL
        OR coalesce(image.started_at, greatest(image.dispatched_at, store.since)) < now() - make_interval(secs => %(total)s)
            AND store.is_open
        OR coalesce(image.started_at, image.dispatched_at) < greatest(
            CASE WHEN pace.paused_until > now() THEN pace.paused_until END,
            CASE WHEN pace.input_images_paused_until > now() AND cardinality(generation."references") > 0
                 THEN pace.input_images_paused_until END
        ) - make_interval(secs => %(total)s)
    )
    GROUP BY generation.id ORDER BY generation.id LIMIT %(most)s
"""


def cancel(generation: Generation, by: User | None = None) -> Generation:
    """Cancel a generation: its images that are not with the provider yet are neither made nor charged.

    An image under way is delivered and charged as ordered. Doing it twice, or too late, changes nothing.

    Args:
        generation: of the caller's workspace.
        by: the member who asked, if a person did.

    Returns:
        The generation as it now stands.
    """
    with transaction.atomic():
        current = settlement.lock(generation.pk)
        if current.is_finished:
            return current
        if current.cancel_requested_at is None:
            current.cancel_requested_at = timezone.now()
            current.save(update_fields=["cancel_requested_at"])
        fail_waiting(current, Reason.CANCELED, why=_canceled(by))
        current.refresh_from_db()
    return current


def cancel_batch(batch: Batch, by: User | None = None) -> None:
    """Cancel what is left of a batch, with as many statements for a thousand rows as for one.

    Its images are selected first and then updated: in one statement, a planner that takes the tables for empty
    scans all images anew for each of them. No image is announced: pages of a batch count its rows.

    Args:
        batch: under way; the caller's transaction has locked it for this transition.
        by: the member who asked, if a person did.
    """
    unfinished = batch.generations.filter(status__in=UNFINISHED)
    paid_from = dict(unfinished.select_for_update(no_key=True).order_by("pk").values_list("pk", "paid_from"))
    batch.generations.filter(pk__in=paid_from, cancel_requested_at=None).update(
        cancel_requested_at=timezone.now()
    )
    waiting = Image.objects.filter(generation__in=paid_from, status=ImageStatus.WAITING).order_by("pk")
    images = list(waiting.select_for_update(no_key=True).only("credits", "generation_id"))
    settlement.fail_together(images, paid_from, Reason.CANCELED, why=_canceled(by))
    settlement.close_together(paid_from)
    dispatch(batch.workspace_id)
    batch_completion.close(batch.pk)


def stop_switched_off() -> int:
    """Fail the waiting images of whatever operators have switched off and give their credits back.

    New orders are refused as soon as the row says so (`catalog.selection.choose`). What is with the provider already
    is delivered and charged as ordered. Do not call it inside a transaction: each generation is locked in one of its
    own. Safe to run again; an order or retry of the same moment is caught by the next sweep or by `claims.take`.

    Returns:
        The number of images that it failed.
    """
    cache.invalidate()
    off = _switched_off()
    if off is None:
        return 0
    waiting = Image.objects.filter(off, status=ImageStatus.WAITING)
    generations = waiting.values_list("workspace_id", "generation_id").order_by("generation_id").distinct()
    this_round = LockSkippingPass()
    return sum(
        this_round.do(workspace, lock_and_fail, found, Reason.PROVIDER_ERROR, why=SWITCHED_OFF)
        for workspace, found in list(generations[:AT_ONCE])
    )


def give_up() -> int:
    """Fail parked images whose ten minutes are over, or will be before their provider may be called.

    The ten minutes run from an image's first attempt; for one that had none, from its dispatch or the opening of the
    circuit, its provider's or the store's, whichever was later. Its credits are given back. Do not call it inside a transaction.

    Returns:
        The number of images that it failed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TOO_LONG, {"total": TOTAL.total_seconds(), "most": AT_ONCE})
        found = cursor.fetchall()
    this_round, ended = LockSkippingPass(), 0
    for workspace, generation, images, is_unstored in found:
        parked = Q(pk__in=images, parked_at__isnull=False)
        reason = Reason.STORAGE_ERROR if is_unstored else Reason.PROVIDER_BUSY
        why = NOT_STORED if is_unstored else WAITED_TOO_LONG
        ended += this_round.do(workspace, lock_and_fail, generation, reason, why=why, only=parked)
    return ended


def lock_and_fail(generation_id: uuid.UUID, reason: Reason, *, why: str, only: Q | None = None) -> int:
    """Lock a generation and fail its waiting images, in a transaction of its own: see `fail_waiting`."""
    with transaction.atomic():
        return fail_waiting(settlement.lock(generation_id), reason, why=why, only=only)


def fail_waiting(
    generation: Generation,
    reason: Reason,
    *,
    why: str,
    detail: dict[str, Any] | None = None,
    only: Q | None = None,
) -> int:
    """Fail the waiting images of a generation, give their credits back, and close it if nothing else is left.

    Args:
        generation: locked by `settlement.lock`; call it last in that transaction.
        reason: the customer's reason, from the closed list.
        why: the statement's wording.
        detail: public facts, for example the stage and categories of a refusal.
        only: a filter of its waiting images; all of them if left out.

    Returns:
        The number of images that it failed.
    """
    waiting = generation.images.select_for_update(no_key=True).filter(status=ImageStatus.WAITING)
    images = list(waiting.filter(only or Q()).order_by("pk"))
    for image in images:
        settlement.fail(generation, image, reason, why=why, detail=detail)
    settlement.close(generation)
    return len(images)


def _canceled(by: User | None) -> str:
    return f"Canceled by {by}" if by else "Canceled"


def _switched_off() -> Q | None:
    """Select images whose model or provider is switched off; those of test tokens have a provider of their own."""
    models = ImageModel.objects.filter(Q(is_enabled=False) | Q(provider__is_enabled=False))
    slugs = list(models.values_list("slug", flat=True))
    off = Q(generation__model__in=slugs, generation__is_test=False) if slugs else None
    if Provider.objects.filter(slug=TEST, is_enabled=False).exists():
        tests = Q(generation__is_test=True)
        return off | tests if off else tests
    return off
