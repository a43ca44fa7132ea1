"""What an endpoint is told: the resource as the API shows it, read when it is told, so that links in it work."""

import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from rest_framework.utils.encoders import JSONEncoder

from api.models import EventType, WebhookEvent
from api.serializers.billing import PurchaseSerializer
from api.serializers.representations import represent_batches, represent_generations
from billing.models import Purchase
from core import ids
from generation.models import Batch, Generation

type _Found = Mapping[uuid.UUID, Mapping[str, Any]]
type _Read = Callable[[Collection[uuid.UUID]], _Found]


def bodies(events: Sequence[WebhookEvent]) -> dict[uuid.UUID, str]:
    """Return the bodies of deliveries, by the ids of their events."""
    return {
        event.pk: json.dumps(told, cls=JSONEncoder, ensure_ascii=False, separators=(",", ":"))
        for event, told in zip(events, represent_events(events), strict=True)
    }


def represent_events(events: Sequence[WebhookEvent]) -> list[dict[str, Any]]:
    """Return events with their data; what was deleted since is told by its id.

    There are as many queries for a hundred events as for one of each kind.
    """
    wanted: dict[_Read, set[uuid.UUID]] = defaultdict(set)
    for event in events:
        wanted[_SUBJECTS[EventType(event.type)][1]].add(event.subject)
    found = {read: read(keys) for read, keys in wanted.items()}
    told = []
    for event in events:
        prefix, read = _SUBJECTS[EventType(event.type)]
        data = {"id": ids.public(prefix, event.subject), **found[read].get(event.subject, {}), **event.facts}
        told.append(
            {
                "id": event.public_id,
                "type": event.type,
                "timestamp": event.created_at,
                "sequence": event.sequence,
                "is_test": event.is_test,
                "data": data,
            }
        )
    return told


def _generations(keys: Collection[uuid.UUID]) -> _Found:
    found = list(Generation.objects.select_related("style_version").filter(pk__in=keys))
    return {one.pk: told for one, told in zip(found, represent_generations(found), strict=True)}


def _batches(keys: Collection[uuid.UUID]) -> _Found:
    found = list(Batch.objects.filter(pk__in=keys))
    return {one.pk: told for one, told in zip(found, represent_batches(found), strict=True)}


def _purchases(keys: Collection[uuid.UUID]) -> _Found:
    found = Purchase.objects.filter(pk__in=keys)
    return {one.pk: PurchaseSerializer(one).data for one in found}


def _nothing(_keys: Collection[uuid.UUID]) -> _Found:
    return {}


_SUBJECTS: Final[Mapping[EventType, tuple[str, _Read]]] = {
    EventType.GENERATION_SUCCEEDED: ("gen", _generations),
    EventType.GENERATION_PARTIAL: ("gen", _generations),
    EventType.GENERATION_FAILED: ("gen", _generations),
    EventType.GENERATION_CANCELED: ("gen", _generations),
    EventType.BATCH_FINISHED: ("bat", _batches),
    EventType.PURCHASE_PAID: ("pur", _purchases),
    EventType.PURCHASE_REFUNDED: ("pur", _purchases),
    EventType.BALANCE_LOW: ("wsp", _nothing),
    EventType.SPEND_ALERT: ("wsp", _nothing),
    EventType.IMAGE_REMOVED: ("img", _nothing),
    EventType.MODEL_ENDING: ("wsp", _nothing),
    EventType.ENDPOINT_TEST: ("whe", _nothing),
}
