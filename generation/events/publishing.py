"""Events for watchers: each is a row, announced once it is committed, and holds public facts only."""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection

from core import ids
from generation.models import Generation, Image

_PUBLISH = "SELECT generation_publish(%s, %s, %s, %s, %s::jsonb)"


def queued(generation: Generation, images: Sequence[uuid.UUID]) -> dict[str, Any]:
    """Return the data of `generation.queued`."""
    return {
        "id": generation.public_id,
        "status": "queued",
        "model": generation.model_id,
        "credits": generation.credits,
        "images": [ids.public("img", image) for image in images],
    }


def publish_generation(generation: Generation, kind: str) -> None:
    """Publish a generation's new status, `kind` being for example `generation.succeeded`."""
    _publish(generation.workspace_id, generation.pk, None, kind, _state(generation))


def publish_image(image: Image, kind: str, **facts: Any) -> None:
    """Publish an image's new status, for example `image.failed`."""
    _publish(image.workspace_id, image.generation_id, image.pk, kind, of_image(image) | facts)


def of_image(image: Image) -> dict[str, Any]:
    """Return what every event of an image says about it."""
    return {
        "id": image.public_id,
        "generation": ids.public("gen", image.generation_id),
        "index": image.index,
        "status": image.status,
    }


def _state(generation: Generation) -> dict[str, Any]:
    return {"id": generation.public_id, "status": generation.status, "charged": generation.charged}


def _publish(
    workspace: uuid.UUID, generation: uuid.UUID, image: uuid.UUID | None, kind: str, data: dict[str, Any]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_PUBLISH, [workspace, generation, image, kind, json.dumps(data)])
