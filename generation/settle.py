"""The end of images and of generations: what is captured, what is released, what is said."""

import uuid
from collections import Counter
from typing import Any

from django.utils import timezone

from billing import ledger
from generation import batch_end, events
from generation.dispatch import dispatch
from generation.models import Generation, Image, ImageStatus, Reason, Status
from generation.signals import generation_finished

UNSETTLED = (ImageStatus.WAITING, ImageStatus.RUNNING)


def lock(generation_id: uuid.UUID) -> Generation:
    """The generation, locked until the transaction ends.

    Every transaction takes locks in this order: generation, its images, the wallet, the workspace.
    """
    return Generation.objects.select_for_update(no_key=True).get(pk=generation_id)


def capture(generation: Generation, image: Image) -> None:
    """Charge a stored image: its part of the quote, once."""
    if not image.credits:
        return
    charged = ledger.capture(
        generation.hold_reference,
        image.credits,
        key=f"capture:image:{image.pk}",
        about=f"image:{image.pk}",
        reason="Image delivered",
    )
    if charged:
        generation.charged += image.credits
        generation.save(update_fields=["charged"])


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
    events.publish_image(
        image, "image.failed", reason=reason.value, message=reason.label, detail=image.detail
    )


def close(generation: Generation) -> bool:
    """Finish the generation where nothing of it is left to do, and let the workspace's next images run.

    Call it last in a transaction that ended an image; True where the generation is finished by it.
    """
    images = list(generation.images.values_list("status", "reason"))
    finished = not generation.is_finished and not any(status in UNSETTLED for status, _ in images)
    if finished:
        _finish(generation, _verdict(Counter(images)))
    dispatch(generation.workspace_id)
    return finished


def _finish(generation: Generation, status: Status) -> None:
    generation.status, generation.finished_at = status, timezone.now()
    generation.save(update_fields=["status", "finished_at"])
    if generation.credits and not generation.batch_id:
        key = f"release:{generation.reference}"
        ledger.release(generation.reference, key=key, about=generation.reference, reason="Not used")
    events.publish_generation(generation, f"generation.{status.value}")
    if generation.batch_id:
        batch_end.close(generation.batch_id)
    else:
        generation_finished.send(sender=Generation, generation=generation)


def _verdict(images: Counter[tuple[str, str]]) -> Status:
    stored = sum(count for (status, _), count in images.items() if status == ImageStatus.STORED)
    if stored == images.total():
        return Status.SUCCEEDED
    if stored:
        return Status.PARTIAL
    reasons = {reason for _, reason in images}
    return Status.CANCELED if reasons == {Reason.CANCELED.value} else Status.FAILED
