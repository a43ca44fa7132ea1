"""The end of images and of generations: what is captured, what is released, what is said."""

import uuid
from typing import Any

from django.db import connection
from django.utils import timezone

from billing import ledger
from generation import batch_end, events, refusals
from generation.dispatch import dispatch
from generation.models import Generation, Image, ImageStatus, Reason
from generation.signals import generation_finished

UNSETTLED = (ImageStatus.WAITING, ImageStatus.RUNNING)
_CLOSE = "SELECT generation_close(%s)"


def lock(generation_id: uuid.UUID) -> Generation:
    """The generation, locked until the transaction ends.

    Every transaction takes locks in this order: generation, its images, the wallet, the workspace.
    """
    return Generation.objects.select_for_update(no_key=True).get(pk=generation_id)


def capture(hold: str, image: uuid.UUID, credits: int) -> None:
    """Charge a stored image: its part of the quote, once, from the hold with that reference."""
    if credits:
        ledger.capture(
            hold, credits, key=f"capture:image:{image}", about=f"image:{image}", reason="Image delivered"
        )


def fail(
    generation: Generation,
    image: Image,
    reason: Reason,
    *,
    why: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """End an image without a picture and give its credits back; the caller holds the generation's lock.

    Args:
        generation: locked by `lock`.
        image: waiting or running.
        reason: from the closed list.
        why: what the statement says where the reason's own words don't fit.
        detail: public facts, for example the stage and categories of a refusal.
    """
    image.status, image.reason, image.detail = ImageStatus.FAILED, reason, detail or {}
    image.claim = image.lease_until = image.parked_at = None
    image.finished_at = timezone.now()
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
    events.publish_image(image, "image.failed", reason=reason.value, message=message, detail=image.detail)


def close(generation_id: uuid.UUID, workspace: uuid.UUID) -> bool:
    """Finish the generation where nothing of it is left to do, and let the workspace's next images run.

    Call it last in a transaction that locked the generation and ended an image; True where the generation is
    finished by it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, [generation_id])
        (status,) = cursor.fetchone() or (None,)
    if status is not None:
        _finish(Generation.objects.get(pk=generation_id))
    dispatch(workspace)
    return status is not None


def _finish(generation: Generation) -> None:
    if generation.charged < generation.credits and not generation.batch_id:
        key = f"release:{generation.reference}"
        ledger.release(generation.reference, key=key, about=generation.reference, reason="Not used")
    events.publish_generation(generation, f"generation.{generation.status}")
    if generation.batch_id:
        batch_end.close(generation.batch_id)
    else:
        generation_finished.send(sender=Generation, generation=generation)
