"""What the tests of the gallery share: stored images of any prompt, model, shape and day."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from core import ids
from generation.models import Generation, Image

HTMX = {"HX-Request": "true"}


@pytest.fixture
def pictures(catalog: None, workspace: Workspace) -> Callable[..., list[Image]]:
    """Stored images, newest last: `pictures("a fox", "a hare", model=…, size=…, days=…, to=…)`."""

    def make(
        *prompts: str, to: Workspace | None = None, count: int = 1, days: int = 0, **fields: Any
    ) -> list[Image]:
        whose = to or workspace
        width, height = fields.pop("size", (1024, 1024))
        model = fields.pop("model", "gpt-image-2.5-flare")
        generations, images = [], []
        for prompt in prompts:
            at = timezone.now() - timedelta(days=days)
            generation = Generation(
                id=_id(days),
                workspace=whose,
                source="studio",
                requested_model=model,
                model_id=model,
                prompt=prompt,
                sent_prompt=prompt,
                count=count,
                width=width,
                height=height,
                quality="medium",
                quote={"credits": count, "per_image": 1, "images": count, "lines": []},
                credits=count,
                charged=count,
                status="succeeded",
                created_at=at,
                **fields,
            )
            generations.append(generation)
            images += [
                Image(
                    id=_id(days),
                    workspace=whose,
                    generation=generation,
                    index=index,
                    status="stored",
                    credits=1,
                    file="a.png",
                    thumbnail="a.webp",
                    format="png",
                    width=width,
                    height=height,
                    size=1000,
                    sha256=b"\1" * 32,
                    created_at=at,
                    finished_at=at,
                )
                for index in range(count)
            ]
        Generation.objects.bulk_create(generations)
        return Image.objects.bulk_create(images)

    return make


@pytest.fixture
def gallery(bob: User, catalog: None, client_for) -> Client:
    """Bob's browser."""
    return client_for(bob)


def _id(days: int) -> UUID:
    """A new id as it would have been made so many days ago."""
    return UUID(int=ids.new().int - (days * 24 * 3600 * 1000 << 80))


def shown(page: bytes) -> list[str]:
    """The ids of the tiles, in their order."""
    return [part.split('"')[0] for part in page.decode().split('id="img_')[1:]]
