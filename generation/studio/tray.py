"""Unfinished work of this workspace, in this tab and others."""

from typing import Any

from django.db.models import Prefetch

from accounts.models import Workspace
from generation.batches.progress import counts
from generation.lifecycle.queue_position import positions
from generation.models import UNDER_WAY, Image, Source, Status
from generation.studio.cards import Card

SHOWN = 20


def tray(workspace: Workspace) -> dict[str, Any]:
    """Return the unfinished generations, oldest first: `running` up to `SHOWN` of them, and whether there are more.

    A batch is one entry, however many generations it has: `running_batches`, each with its rows by state.
    """
    images = Prefetch("images", queryset=Image.objects.order_by("index"))
    found = list(
        workspace.generations.filter(status__in=(Status.QUEUED, Status.RUNNING))
        .exclude(source=Source.BATCH)
        .select_related("model", "created_by")
        .prefetch_related(images)
        .order_by("pk")[: SHOWN + 1]
    )
    waiting = positions(workspace, [one.pk for one in found[:SHOWN]])
    running = [Card(one, place=waiting.get(one.pk)) for one in found[:SHOWN]]
    batches = list(workspace.batches.filter(status__in=UNDER_WAY).order_by("pk")[:SHOWN])
    states = counts(batches)
    return {
        "running": running,
        "running_more": len(found) > SHOWN,
        "running_batches": [(batch, states[batch.pk]) for batch in batches],
        "running_count": len(running) + len(batches),
    }
