"""Resources as the API shows them, with all that has to be read for it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects

from api.costs import headers
from api.costs.headers import Cost
from api.serializers.batches import BatchSerializer
from api.serializers.generations import GenerationSerializer
from generation.batches.progress import counts, figures
from generation.lifecycle import queue_position
from generation.models import Batch, BatchRow, Generation, Image


def represent(generation: Generation) -> tuple[Any, Cost]:
    """Serialize a generation, with its images read now, and say what it has cost."""
    images = list(headers.with_figures(generation.images.order_by("index")))
    generation.ordered_images = images  # type: ignore[attr-defined]
    generation.place = queue_position.position_of(generation)  # type: ignore[attr-defined]
    return GenerationSerializer(generation).data, Cost.of(generation, headers.figures(images[0]))


def represent_generations(found: Sequence[Generation]) -> list[Any]:
    """Serialize generations that have finished, their images in one query."""
    images = Image.objects.order_by("index")
    prefetch_related_objects(found, Prefetch("images", images, to_attr="ordered_images"))
    for generation in found:
        generation.place = None  # type: ignore[attr-defined]
    return list(GenerationSerializer(found, many=True).data)


def represent_batches(found: Sequence[Batch]) -> list[Any]:
    """Serialize batches for lists, in as many queries for a hundred as for one, without errors of drafts."""
    states, sums = counts(found), figures(found)
    for batch in found:
        batch.place = getattr(batch, "place", None)  # type: ignore[attr-defined]
        batch.row_states = states[batch.pk]  # type: ignore[attr-defined]
        batch.row_errors = getattr(batch, "row_errors", [])  # type: ignore[attr-defined]
        for name, value in sums.get(batch.pk, {}).items():
            setattr(batch, name, value)
    return list(BatchSerializer(found, many=True).data)


def represent_batch(batch: Batch) -> Any:
    """Serialize one batch, with what is wrong with a draft's rows."""
    if batch.is_draft:
        faulty = batch.rows.exclude(error="").filter(is_left_out=False)
        batch.row_errors = errors_of(faulty)  # type: ignore[attr-defined]
    batch.place = queue_position.position_of_batch(batch)  # type: ignore[attr-defined]
    return represent_batches([batch])[0]


def errors_of(faulty: Iterable[BatchRow]) -> list[dict[str, Any]]:
    """List what is wrong with rows: each fault of each by itself."""
    return [
        {"row": row.position, **{name: fault[name] for name in ("param", "message", "nearest")}}
        for row in faulty
        for fault in row.problems
    ]
