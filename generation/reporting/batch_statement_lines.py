"""Statement lines of batches: one for each hold, with its outcome."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from accounts.models import Workspace
from billing.ledger.descriptions import Description
from generation.models import Batch, Image, ImageStatus

PREFIX = "batch"


def describe(workspace: Workspace, wanted: list[str]) -> dict[str, Description]:
    """Describe the references `batch:<uuid>` and `batch:<uuid>:<round>` in two queries, however many there are."""
    keys = {reference: _key(reference) for reference in wanted}
    batches = Batch.objects.filter(workspace=workspace).in_bulk([key for key in keys.values() if key])
    made = Image.objects.filter(generation__workspace=workspace, generation__paid_from__in=wanted)
    counted = made.values("generation__paid_from").annotate(
        all=Count("pk"),
        stored=Count("pk", filter=Q(status=ImageStatus.STORED)),
        failed=Count("pk", filter=Q(status=ImageStatus.FAILED)),
    )
    figures = {one["generation__paid_from"]: one for one in counted}
    found = {}
    for reference, key in keys.items():
        batch = batches.get(key) if key else None
        if batch is not None:
            nothing_yet = {"all": batch.images, "stored": 0, "failed": 0}
            found[reference] = _described(batch, reference, figures.get(reference, nothing_yet))
    return found


def _described(batch: Batch, reference: str, figures: Mapping[str, Any]) -> Description:
    again = " again" if reference.count(":") > 1 else ""
    missing = f"{figures['failed']:,} not made, not charged" if figures["failed"] else ""
    open_ = figures["all"] - figures["stored"] - figures["failed"]
    under_way = f"{open_:,} under way" if open_ else ""
    delivered = f"{figures['stored']:,} of {figures['all']:,} images"
    return Description(
        title=f"Batch “{batch.name}”{again}",
        detail=" · ".join(filter(None, [delivered, missing, under_way])),
        href=reverse("batch", args=[batch.public_id]),
        icon="layers",
    )


def _key(reference: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(reference.split(":")[1])
    except (ValueError, IndexError):
        return None
