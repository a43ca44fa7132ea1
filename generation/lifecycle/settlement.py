"""Settlement of images and generations: their credits are captured or released, and their end is announced."""

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from billing import ledger
from core import ids
from generation.events import publishing
from generation.lifecycle import batch_completion
from generation.lifecycle.dispatch import dispatch
from generation.models import Generation, Image, ImageStatus, Reason
from generation.moderation import refusals
from generation.signals import generation_finished

UNSETTLED = (ImageStatus.WAITING, ImageStatus.RUNNING)
_CLOSE = "SELECT * FROM generation_close(%s, %s)"
_CLOSE_TOGETHER = (
    "SELECT generation_close(id, public) FROM unnest(%s::uuid[], %s::text[]) AS one (id, public)"
)
_STORED = "SELECT * FROM generation_stored(%s, %s::jsonb, %s)"


def lock(generation_id: uuid.UUID) -> Generation:
    """Lock the generation until the transaction ends, and return it.

    Every transaction takes locks in this order: generation, its images, the wallet, the workspace, the provider.
    """
    return Generation.objects.select_for_update(no_key=True).get(pk=generation_id)


def fail(
    generation: Generation,
    image: Image,
    reason: Reason,
    *,
    why: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Fail an image and give its credits back; the caller holds the generation's lock.

    Args:
        generation: locked by `lock`.
        image: waiting or running.
        reason: from the closed list.
        why: the statement's wording, if the reason's own doesn't fit.
        detail: public facts, for example the stage and categories of a refusal.
    """
    image.status, image.reason, image.detail = ImageStatus.FAILED, reason, detail or {}
    image.claim = image.lease_until = image.parked_at = None
    image.finished_at = Now()
    image.save(
        update_fields=[
            "status",
            "reason",
            "detail",
            "claim",
            "lease_until",
            "parked_at",
            "finished_at",
        ]
    )
    if image.credits:
        ledger.release(
            generation.hold_reference,
            image.credits,
            key=f"release:image:{image.pk}",
            about=f"image:{image.pk}",
            reason=why or f"Not delivered: {reason.value.replace('_', ' ')}",
        )
    message = refusals.sentence(reason, image.detail)
    publishing.publish_image(image, "image.failed", reason=reason.value, message=message, detail=image.detail)


def fail_together(
    images: Sequence[Image], holds: Mapping[uuid.UUID, str], reason: Reason, *, why: str
) -> None:
    """Fail many images and give their credits back, in one release per hold, without announcing anything.

    Args:
        images: waiting; they and their generations are locked.
        holds: reference of the hold that pays for them, by generation; empty if none does.
        reason: from the closed list.
        why: the statement's wording, before the number of images.
    """
    Image.objects.filter(pk__in=[image.pk for image in images]).update(
        status=ImageStatus.FAILED,
        reason=reason,
        claim=None,
        lease_until=None,
        parked_at=None,
        finished_at=Now(),
    )
    by_hold: dict[str, list[Image]] = {}
    for image in images:
        by_hold.setdefault(holds[image.generation_id], []).append(image)
    for hold, paid in sorted(by_hold.items()):
        if credits := sum(image.credits for image in paid):
            ledger.release(
                hold,
                credits,
                key=f"release:stopped:{min(image.pk for image in paid)}",
                about=hold,
                reason=f"{why}, {len(paid)} image{'' if len(paid) == 1 else 's'}",
            )


def charge_stored(hold: str, image: Image, **facts: Any) -> bool:
    """Charge a stored image, announce it, and go on as `close` does; the caller holds the generation's lock.

    Args:
        hold: reference of the generation's hold, from which the image's part of the quote is captured, once.
        image: the stored image.
        facts: further members of the announced event.

    Returns:
        Whether this finished the generation.
    """
    if image.credits:
        about = f"image:{image.pk}"
        ledger.capture(hold, image.credits, key=f"capture:{about}", about=about, reason="Image delivered")
    public = ids.public("gen", image.generation_id)
    event = json.dumps(publishing.of_image(image) | facts)
    return _close_by(image.generation_id, _STORED, [image.pk, event, public])


def close(generation: Generation) -> bool:
    """Finish the generation if nothing of it is left to do, and dispatch the workspace's next images.

    Call it last in a transaction that locked the generation and ended an image.

    Returns:
        Whether this call finished the generation.
    """
    closed = _close_by(generation.pk, _CLOSE, [generation.pk, generation.public_id])
    dispatch(generation.workspace_id)
    return closed


def close_together(generations: Collection[uuid.UUID]) -> None:
    """Close many generations of a batch in one round trip; dispatching and closing the batch are the caller's."""
    public = [ids.public("gen", key) for key in generations]
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE_TOGETHER, [list(generations), public])


def _close_by(generation_id: uuid.UUID, statement: str, parameters: list[Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        status, batch, unused = cursor.fetchone() or (None, None, False)
    if status is None:
        return False
    if batch:
        batch_completion.close(batch)
        return True
    if unused:
        hold = Generation(pk=generation_id).reference
        ledger.release(hold, key=f"release:{hold}", about=hold, reason="Not used")
    if generation_finished.has_listeners(Generation):
        generation_finished.send(sender=Generation, generation=Generation.objects.get(pk=generation_id))
    return True
