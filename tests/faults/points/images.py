"""The ways of images: ordered, made, canceled, and batches of them; and what the product does by itself after a death."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User, Workspace
from billing import ledger
from generation.batches import drafts, transitions
from generation.batches.parsing import ParsedRow
from generation.catalog.parameters import ImageParameters
from generation.lifecycle import stopping
from generation.maintenance import recovery as generation_sweeper
from generation.models import Batch, Generation, Image, ImageStatus, PreCheck
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.worker import precheck, runner

TURNS = 20


def to_order(workspace: Workspace, user: User) -> dict[str, Any]:
    ledger.grant(workspace, 50, key=f"g:{workspace.pk}", reference="test")
    return {"workspace": str(workspace.pk), "key": uuid.uuid4().hex}


def ordered(workspace: str, key: str, prompt: str = "a red fox", n: int = 2) -> Generation:
    order = Order(
        prompt=prompt,
        model="gpt-image-2.5-flare",
        parameters=ImageParameters(size="816x816", quality="low"),
        n=n,
    )
    return submit(Workspace.objects.get(pk=workspace), order, source="api", request_key=key)


def submit_order(workspace: str, key: str) -> None:
    ordered(workspace, key)


def to_make(prompt: str, n: int) -> Callable[[Workspace, User], dict[str, Any]]:
    def stage(workspace: Workspace, user: User) -> dict[str, Any]:
        return {"generation": str(ordered(**to_order(workspace, user), prompt=prompt, n=n).pk)}

    return stage


def make(generation: str) -> None:
    """What a worker does for each job of the generation."""

    async def one_after_the_other() -> None:
        for image in waiting:
            await runner.run_image(image)

    waiting = list(
        Image.objects.filter(generation=generation, status=ImageStatus.WAITING).values_list("pk", flat=True)
    )
    asyncio.run(one_after_the_other())


def cancel(generation: str) -> None:
    stopping.cancel(Generation.objects.get(pk=generation))


def sweep_images(generation: str) -> None:
    """A minute later: leases have run out, and another worker goes on."""
    for _ in range(TURNS):
        running = Image.objects.filter(generation=generation, status=ImageStatus.RUNNING)
        running.update(lease_until=timezone.now() - timedelta(seconds=1))
        asking = PreCheck.objects.filter(generation=generation, verdict="")
        asking.update(begun_at=timezone.now() - precheck.LEASE - timedelta(seconds=1))
        generation_sweeper.sweep()
        if Generation.objects.get(pk=generation).is_finished:
            return
        make(generation)


def sweep_canceled(**_: str) -> None:
    generation_sweeper.sweep()


def to_start(workspace: Workspace, user: User) -> dict[str, Any]:
    ledger.grant(workspace, 50, key=f"g:{workspace.pk}", reference="test")
    common = {"model": "gpt-image-2.5-flare", "size": "816x816", "quality": "low", "n": "2"}
    batch = drafts.create(
        workspace, [ParsedRow("a red fox"), ParsedRow("a bell"), ParsedRow("a fig")], common=common
    )
    return {"batch": str(batch.pk)}


def start_batch(batch: str) -> None:
    transitions.start(Batch.objects.get(pk=batch))


def to_cancel_batch(workspace: Workspace, user: User) -> dict[str, Any]:
    arguments = to_start(workspace, user)
    start_batch(**arguments)
    return arguments


def cancel_batch(batch: str) -> None:
    transitions.cancel(Batch.objects.get(pk=batch))
