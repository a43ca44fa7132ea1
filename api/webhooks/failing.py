"""Endpoints that fail for days: their owners are told, and then they are switched off."""

import uuid
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from accounts import recipients
from api.models import DeliveryTry, DisabledReason, EndpointStatus, WebhookEndpoint
from api.webhooks import endpoints, letters
from core import mail

WARN_AFTER: Final = timedelta(days=1)


def follow() -> dict[str, int]:
    """Tell owners of endpoints that have failed for a day, and switch off those that have for five; return counts."""
    failing = WebhookEndpoint.objects.filter(status=EndpointStatus.ENABLED, deleted_at=None)
    tried = DeliveryTry.objects.filter(delivery__endpoint=OuterRef("pk"), began_at__gt=Now() - WARN_AFTER)
    over = failing.filter(failing_since__lt=Now() - letters.DISABLE_AFTER, warned_at__lt=Now() - WARN_AFTER)
    return {
        "told": _each(failing.filter(failing_since__lt=Now() - WARN_AFTER, warned_at=None), letters.WARNING),
        "disabled": _each(over.filter(Exists(tried)), letters.DISABLED),
    }


def _each(found: QuerySet[WebhookEndpoint], letter: str) -> int:
    count = 0
    for key in found.values_list("pk", flat=True)[:1000]:
        count += _tell(key, letter)
    return count


def _tell(key: uuid.UUID, letter: str) -> int:
    with transaction.atomic():
        endpoint = (
            WebhookEndpoint.objects.select_for_update(no_key=True, of=("self",))
            .select_related("workspace")
            .get(pk=key)
        )
        if not endpoint.is_enabled or endpoint.failing_since is None:
            return 0
        if letter == letters.DISABLED:
            endpoints.disable(endpoint, DisabledReason.FAILING)
        else:
            WebhookEndpoint.objects.filter(pk=endpoint.pk).update(warned_at=Now())
            mail.post(letter, recipients.owners(endpoint.workspace), endpoint=str(endpoint.pk))
    return 1
