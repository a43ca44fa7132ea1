"""Events for partners, noted inside the transactions that make them true."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from accounts.models import Workspace
from api.models import EventType
from api.webhooks.publishing import publish
from billing.models import Purchase, Refund
from billing.signals import balance_low, cap_nearly_reached, purchase_paid, purchase_refunded
from core import ids
from generation.catalog.retirement_notices import UpcomingRetirement
from generation.models import Batch, Generation
from generation.signals import batch_finished, generation_finished, images_removed, model_ending


@receiver(generation_finished)
def note_generation(sender: type, generation: Generation, **_: object) -> None:
    """Note that a generation has finished: `generation.succeeded`, `.partial`, `.failed` or `.canceled`."""
    publish(
        generation.workspace_id,
        EventType(f"generation.{generation.status}"),
        [generation.pk],
        is_test=generation.is_test,
    )


@receiver(batch_finished)
def note_batch(sender: type, batch: Batch, **_: object) -> None:
    """Note that a batch has finished."""
    publish(batch.workspace_id, EventType.BATCH_FINISHED, [batch.pk], is_test=batch.is_test)


@receiver(purchase_paid)
def note_purchase(sender: type, purchase: Purchase, **_: object) -> None:
    """Note that credits were bought."""
    publish(purchase.workspace_id, EventType.PURCHASE_PAID, [purchase.pk], is_test=purchase.workspace.is_test)


@receiver(purchase_refunded)
def note_refund(sender: type, purchase: Purchase, refund: Refund, **_: object) -> None:
    """Note that money went back."""
    facts = {
        "refund": {"id": ids.public("ref", refund.pk), "amount": refund.amount, "credits": refund.credits}
    }
    publish(purchase.workspace_id, EventType.PURCHASE_REFUNDED, [purchase.pk], facts=facts)


@receiver(balance_low)
def note_low_balance(sender: type, workspace: Workspace, available: int, **_: object) -> None:
    """Note that a workspace's credits fell below its threshold."""
    publish(
        workspace.pk,
        EventType.BALANCE_LOW,
        [workspace.pk],
        facts={"available": available},
        is_test=workspace.is_test,
    )


@receiver(cap_nearly_reached)
def note_cap(sender: type, workspace: Workspace, alert: dict[str, Any], **_: object) -> None:
    """Note that a cap has reached 50, 80 or 100 percent."""
    publish(
        workspace.pk,
        EventType.SPEND_ALERT,
        [workspace.pk],
        is_test=workspace.is_test,
        facts={"cap": alert},
    )


@receiver(images_removed)
def note_removals(sender: type, workspace: Workspace, images: Sequence[uuid.UUID], **_: object) -> None:
    """Note that images were deleted."""
    publish(workspace.pk, EventType.IMAGE_REMOVED, images, is_test=workspace.is_test)


@receiver(model_ending)
def note_ending(sender: type, workspace: Workspace, ending: UpcomingRetirement, **_: object) -> None:
    """Note that a model which the workspace used is about to end."""
    facts = {
        "id": ending.model.slug,
        "ends_at": ending.at.isoformat(),
        "days": ending.days,
        "replacement": ending.replacement.slug if ending.replacement else None,
    }
    publish(workspace.pk, EventType.MODEL_ENDING, [workspace.pk], is_test=workspace.is_test, facts=facts)
