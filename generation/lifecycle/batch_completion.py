"""Completion of a batch, once none of its generations is under way any more."""

import uuid

from django.db.models import Count, Q, Sum
from django.db.models.functions import Now

from generation.models import (
    UNDER_WAY,
    UNFINISHED,
    Batch,
    BatchStatus,
    Generation,
    Image,
    ImageStatus,
    Status,
)
from generation.signals import batch_finished


def close(batch_id: uuid.UUID) -> bool:
    """Finish the batch if nothing of it is left to do.

    The caller holds the workspace's lock, as every transaction that has announced something does: of two that end
    the last two generations at once, the second sees the first.

    Returns:
        Whether this call finished it.
    """
    if Generation.objects.filter(batch_id=batch_id, status__in=UNFINISHED).exists():
        return False
    made = Image.objects.filter(generation__batch_id=batch_id).aggregate(
        stored=Count("pk", filter=Q(status=ImageStatus.STORED)),
        charged=Sum("credits", filter=Q(status=ImageStatus.STORED), default=0),
    )
    newest = Batch.objects.filter(pk=batch_id).aggregate(
        all=Count("rows__generation"),
        done=Count("rows__generation", filter=Q(rows__generation__status=Status.SUCCEEDED)),
        canceled=Count("rows__generation", filter=Q(rows__generation__status=Status.CANCELED)),
    )
    status = BatchStatus.FAILED
    if newest["done"] == newest["all"]:
        status = BatchStatus.SUCCEEDED
    elif made["stored"]:
        status = BatchStatus.PARTIAL
    elif newest["canceled"] == newest["all"]:
        status = BatchStatus.CANCELED
    changed = Batch.objects.filter(pk=batch_id, status__in=UNDER_WAY).update(
        status=status,
        stored=made["stored"],
        charged=made["charged"],
        failed=newest["all"] - newest["done"],
        finished_at=Now(),
    )
    if changed:
        batch_finished.send(sender=Batch, batch=Batch.objects.get(pk=batch_id))
    return bool(changed)
