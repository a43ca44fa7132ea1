"""What the tests of the engine share: a catalog, credits, a real worker in this process, and the books in order."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from procrastinate.contrib.django import app

from accounts.models import Workspace
from billing import ledger
from billing.ledger import balance
from billing.ledger.balance import Balance
from billing.reconciliation.invariants import violations
from generation.catalog.parameters import PARAMETERS, ImageParameters
from generation.lifecycle import claims
from generation.media import storage
from generation.media.inspection import InspectedImage
from generation.models import Derivation, Generation, Image
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers.contract import DeliveredImage
from generation.worker.outcomes import StoredFile, record_delivered
from tests.support.twins import FalTwin, OpenAITwin

PATIENCE = 20.0


@pytest.fixture(autouse=True)
def books_in_order(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did, the ledger's invariants hold behind it."""
    wanted = [name for name in ("transactional_db", "db") if name in request.fixturenames]
    if not wanted:
        yield
        return
    request.getfixturevalue(wanted[0])
    yield
    if not connection.needs_rollback:
        assert violations() == []


@pytest.fixture
def funded(workspace: Workspace, catalog: None) -> Workspace:
    """Alice's workspace with 100 credits."""
    ledger.grant(workspace, 100, key="grant:test", reference="test")
    return workspace


@pytest.fixture
def have(workspace: Workspace) -> Callable[[], Balance]:
    """The workspace's balance now."""
    return lambda: balance.for_workspace(workspace)


@pytest.fixture
def openai(twin: str) -> Iterator[OpenAITwin]:
    """OpenAI's twin, fresh."""
    with closing(OpenAITwin(twin)) as one:
        yield one


@pytest.fixture
def fal(twin: str) -> Iterator[FalTwin]:
    """fal's twin, fresh."""
    with closing(FalTwin(twin)) as one:
        yield one


@pytest.fixture
def order() -> Callable[..., Order]:
    """An order that is as small as can be, changed by keywords."""

    def make(prompt: str = "a red fox", **options: Any) -> Order:
        values = {"size": "1024x1024", "quality": "low"}
        values |= {name: options.pop(name) for name in PARAMETERS if name in options}
        known = {"model": "gpt-image-2.5-flare", "parameters": ImageParameters(**values)}
        return Order(prompt=prompt, **{**known, **options})

    return make


@pytest.fixture
def make(
    transactional_db: None, funded: Workspace, order: Callable[..., Order], openai: OpenAITwin
) -> Callable[..., Generation]:
    """Submit an order and let a real worker make it; the generation afterwards."""

    def go(prompt: str = "a red fox", *, source: str = "api", **options: Any) -> Generation:
        generation = submit(funded, order(prompt, **options), source=source)
        return run(generation)

    return go


@pytest.fixture
def deliver_work() -> Callable[[claims.ClaimedImage], None]:
    """Store and charge what a claim was made for."""

    def go(work: claims.ClaimedImage) -> None:
        data, file = b"picture", f"media/{work.image}.png"
        storage.put(file, data)
        kept = StoredFile(file, len(data), hashlib.sha256(data).digest())
        assert record_delivered(work, DeliveredImage(data), InspectedImage("png", 1024, 1024), kept)

    return go


def deliver(generation: Generation, file: str, thumbnail: str, data: bytes = b"picture") -> Image:
    """Have a generation's only image stored and charged by the product's own verbs, with these files."""
    work = claims.claim(generation.images.get().pk)
    assert work
    for name in {file, thumbnail} - {""}:
        storage.put(name, data)
    kept = StoredFile(file, len(data), hashlib.sha256(data).digest())
    assert record_delivered(work, DeliveredImage(data), InspectedImage("png", 1024, 1024), kept)
    if thumbnail:
        Image.objects.filter(pk=work.image).update(thumbnail=thumbnail, thumbhash=b"hash")
        Derivation.objects.filter(image=work.image).delete()
    return generation.images.get()


def run(generation: Generation) -> Generation:
    """Let a worker of this process work until the generation is finished."""
    asyncio.run(work_until(lambda: Generation.objects.filter(pk=generation.pk, finished_at__isnull=False)))
    generation.refresh_from_db()
    return generation


async def work_until(wanted: Callable[[], QuerySet[Any]]) -> None:
    """Let a worker of this process work until what is wanted exists."""
    with app.replace_connector(app.connector.get_worker_connector()):
        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(
                    queues=["images", "archives"],
                    concurrency=20,
                    install_signal_handlers=False,
                    fetch_job_polling_interval=0.1,
                )
            )
            try:
                async with asyncio.timeout(PATIENCE):
                    while not await wanted().aexists():
                        assert not worker.done(), worker.result()
                        await asyncio.sleep(0.02)
            finally:
                worker.cancel()
                await asyncio.gather(worker, return_exceptions=True)
