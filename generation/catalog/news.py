"""News of models, read from their rows, so that none can be forgotten: new, ending, ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.utils import timezone

from generation.catalog.cache import Catalog, end_of
from generation.models import ImageModel, Stage


class Kind(StrEnum):
    """What happened to a model."""

    NEW = "new"
    ENDING = "ending"
    ENDED = "ended"


ORDER: Final = tuple(Kind)
"""The order in which things happen to a model, for what happened at one moment."""


@dataclass(frozen=True, slots=True)
class ModelNews:
    """Something that happened to a model, with a title and a sentence for people."""

    kind: Kind
    at: datetime
    model: ImageModel
    title: str
    sentence: str


def all_news(known: Catalog) -> list[ModelNews]:
    """Return what has happened to all models, newest first; nothing of those that operators have switched off."""
    now = timezone.now()
    told = [
        one
        for model in known.models.values()
        if model.stage() not in {Stage.DISABLED, Stage.UPCOMING}
        for one in _of_model(model, known)
        if one.at <= now
    ]
    return sorted(told, key=lambda one: (one.at, ORDER.index(one.kind), one.model.slug), reverse=True)


def _of_model(model: ImageModel, known: Catalog) -> Iterator[ModelNews]:
    yield ModelNews(
        Kind.NEW,
        model.available_from,
        model,
        f"New: {model.label}",
        f"{model.summary}. Order it as {model.slug}.",
    )
    after = known.models.get(str(model.replacement_id)) if model.replacement_id else None
    instead = f" Use {after.slug} instead." if after else ""
    if model.deprecated_at and model.retired_at:
        day = f"{model.retired_at:%-d %B %Y}"
        yield ModelNews(
            Kind.ENDING,
            model.deprecated_at,
            model,
            f"Ending: {model.label}, on {day}",
            f"Its maker retires {model.slug} on {day}.{instead}",
        )
    if model.has_ended and model.ended_at:
        yield ModelNews(
            Kind.ENDED,
            model.ended_at,
            model,
            f"Ended: {model.label}",
            f"{model.slug} {end_of(model)}.{instead}",
        )
