"""Mail to owners about endpoints that fail."""

from datetime import timedelta
from typing import Final

from django.conf import settings

from api.models import DisabledReason, WebhookEndpoint
from core.mail import Letter

WARNING, DISABLED = "api.webhook_fails", "api.webhook_disabled"
DISABLE_AFTER: Final = timedelta(days=5)
_REASONS: Final = {
    DisabledReason.FAILING: "failed for five days",
    DisabledReason.GONE: "answered 410 Gone",
}


def _warning(endpoint: str) -> Letter | None:
    """Write the mail about an endpoint that has failed for a day; None if it has answered since."""
    row = WebhookEndpoint.objects.select_related("workspace").filter(pk=endpoint, deleted_at=None).first()
    if row is None or not row.is_enabled or row.failing_since is None:
        return None
    return Letter(
        subject=f"A webhook of {row.workspace} has failed for a day",
        heading="A webhook fails",
        lead=f"The webhook at {row.host} has taken nothing since {_day(row)}. Each event is tried eight times within 28 hours. "
        f"If it still fails on {_day(row, DISABLE_AFTER)}, it is switched off.",
        label="See what it answers",
        href=f"{settings.BASE_URL}/developers/webhooks/{row.public_id}",
        note="Nothing is lost: the last 30 days of events can be read at /api/v1/events.",
    )


def _disabled(endpoint: str) -> Letter | None:
    """Write the mail about an endpoint that was switched off; None if it is on again."""
    row = WebhookEndpoint.objects.select_related("workspace").filter(pk=endpoint, deleted_at=None).first()
    if row is None or row.disabled_reason not in _REASONS:
        return None
    return Letter(
        subject=f"A webhook of {row.workspace} was switched off",
        heading="A webhook was switched off",
        lead=f"The webhook at {row.host} {_REASONS[DisabledReason(row.disabled_reason)]}, so nothing is sent to it any more. "
        "Switch it on again once it answers.",
        label="Switch it on",
        href=f"{settings.BASE_URL}/developers/webhooks/{row.public_id}",
        note="What it missed can be read at /api/v1/events for 30 days.",
    )


def _day(endpoint: WebhookEndpoint, later: timedelta = timedelta()) -> str:
    assert endpoint.failing_since
    return f"{endpoint.failing_since + later:%d %B, %H:%M} UTC"


WRITERS = {WARNING: _warning, DISABLED: _disabled}
