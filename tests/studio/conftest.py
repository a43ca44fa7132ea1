"""What the tests of the Studio share: a catalog, credits, browsers, and proof that a refusal moved nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User, Workspace
from billing.ledger import balance
from billing.ledger.balance import Balance
from generation.models import Generation

HTMX = {"HX-Request": "true"}


@pytest.fixture
def studio(workspace: Workspace, bob: User, catalog: None, fund, client_for) -> Client:
    """Bob's browser, in a workspace with 100 credits."""
    fund(workspace, 100)
    return client_for(bob)


@pytest.fixture
def have(workspace: Workspace) -> Callable[[], Balance]:
    """The workspace's balance now."""
    return lambda: balance.for_workspace(workspace)


@pytest.fixture
def form() -> Callable[..., dict[str, Any]]:
    """What the composer sends, changed by keywords; None leaves a field out."""

    def fill(**changes: Any) -> dict[str, Any]:
        known = {
            "prompt": "A red fox",
            "model": "gpt-image-2.5-flare",
            "shape": "1:1",
            "size": "1024x1024",
            "quality": "medium",
            "n": "2",
            "background": "auto",
            "output_format": "png",
            "request_key": "0123456789abcdef",
            "max_credits": "2",
        }
        return {name: value for name, value in {**known, **changes}.items() if value is not None}

    return fill


@pytest.fixture
def ordered(studio: Client, form, workspace: Workspace) -> Callable[..., Generation]:
    """A generation that Bob ordered in the Studio; `stored` of its images are delivered."""

    def order(stored: int = 0, **changes: Any) -> Generation:
        answer = studio.post("/studio/generate", form(**changes), headers=HTMX)
        assert answer.status_code == 200, answer.content
        generation = workspace.generations.order_by("-pk")[0]
        for image in generation.images.order_by("index")[:stored]:
            image.status, image.file, image.thumbnail, image.format = "stored", "a.png", "a.webp", "png"
            image.width, image.height, image.size, image.finished_at = 1024, 1024, 1000, timezone.now()
            image.save()
        return generation

    return order


@pytest.fixture
def nothing_moves(have) -> Callable[[], Any]:
    """`with nothing_moves():` no credit, no generation and no job came or went."""

    @contextmanager
    def watch() -> Iterator[None]:
        before = (have(), Generation.objects.count(), ProcrastinateJob.objects.count())
        yield
        assert (have(), Generation.objects.count(), ProcrastinateJob.objects.count()) == before

    return watch
