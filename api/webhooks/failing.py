"""Endpoints that fail for days: their owners are told, and then they are switched off."""

import uuid
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from accounts import recipients
from api.models import DeliveryTry, DisabledReason, EndpointStatus, WebhookEndpoint
from api.webhooks import endpoints
from core import mail
from core.mail import Letter

WARN_AFTER: Final = timedelta(days=1)
DISABLE_AFTER: Final = timedelta(days=5)
WARNING, DISABLED = "api.webhook_fails", "api.webhook_disabled"


def follow() -> dict[str, int]:
    """Tell owners of endpoints that have failed for a day, and switch off those that have for five; return counts."""
    failing = WebhookEndpoint.objects.filter(status=EndpointStatus.ENABLED, deleted_at=None)
    tried = DeliveryTry.objects.filter(delivery__endpoint=OuterRef("pk"), began_at__gt=Now() - WARN_AFTER)
    over = failing.filter(failing_since__lt=Now() - DISABLE_AFTER, warned_at__lt=Now() - WARN_AFTER)
    return {
        "told": _each(failing.filter(failing_since__lt=Now() - WARN_AFTER, warned_at=None), WARNING),
        "disabled": _each(over.filter(Exists(tried)), DISABLED),
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
        if letter == DISABLED:
            endpoints.disable(endpoint, DisabledReason.FAILING)
        else:
            WebhookEndpoint.objects.filter(pk=endpoint.pk).update(warned_at=Now())
        mail.post(letter, recipients.owners(endpoint.workspace), endpoint=str(endpoint.pk))
    return 1


def _warning(endpoint: str) -> Letter | None:
    """Write the mail about an endpoint that has failed for a day; None if it has answered since."""
    row = WebhookEndpoint.objects.select_related("workspace").filter(pk=endpoint, deleted_at=None).first()
    if row is None or not row.is_enabled or row.failing_since is None:
        return None
    return Letter(
        subject=f"A webhook of {row.workspace} has failed for a day",
        heading="A webhook fails",
        lead=f"{row.url} has taken nothing since {_day(row)}. Each event is tried eight times within 28 hours. "
        f"If it still fails on {_day(row, DISABLE_AFTER)}, it is switched off.",
        label="See what it answers",
        href=f"{settings.BASE_URL}/developers/webhooks/{row.public_id}",
        note="Nothing is lost: the last 30 days of events can be read at /api/v1/events.",
    )


def _disabled(endpoint: str) -> Letter | None:
    """Write the mail about an endpoint that was switched off; None if it is on again."""
    row = WebhookEndpoint.objects.select_related("workspace").filter(pk=endpoint, deleted_at=None).first()
    if row is None or row.is_enabled:
        return None
    return Letter(
        subject=f"A webhook of {row.workspace} was switched off",
        heading="A webhook was switched off",
        lead=f"{row.url} failed for five days, so nothing is sent to it any more. Switch it on again once it answers.",
        label="Switch it on",
        href=f"{settings.BASE_URL}/developers/webhooks/{row.public_id}",
        note="What it missed can be read at /api/v1/events for 30 days.",
    )


def _day(endpoint: WebhookEndpoint, later: timedelta = timedelta()) -> str:
    assert endpoint.failing_since
    return f"{endpoint.failing_since + later:%d %B, %H:%M} UTC"


WRITERS = {WARNING: _warning, DISABLED: _disabled}
