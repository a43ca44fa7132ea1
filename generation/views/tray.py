"""What runs in this workspace, here and in other tabs."""

from typing import Any

from django.db.models import Prefetch

from accounts.models import Workspace
from generation.cards import Card
from generation.models import Image, Status

SHOWN = 20


def tray(workspace: Workspace) -> dict[str, Any]:
    """The unfinished generations, oldest first: `running` up to `SHOWN` of them, and whether there are more."""
    images = Prefetch("images", queryset=Image.objects.order_by("index"))
    found = list(
        workspace.generations.filter(status__in=(Status.QUEUED, Status.RUNNING))
        .select_related("model", "created_by")
        .prefetch_related(images)
        .order_by("pk")[: SHOWN + 1]
    )
    running = [Card(one, None, "") for one in found[:SHOWN]]
    return {"running": running, "running_more": len(found) > SHOWN}
