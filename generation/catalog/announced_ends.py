"""Ends of models as their providers announce them: written into the catalog, and operators told.

Customers' notices follow by themselves, since they are about the day in the catalog (`retirement_notices`). A day that an
operator has set is kept where it is earlier, and what they change afterwards stays until the provider says something else.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from accounts import audit, recipients
from core import mail
from core.mail import Letter
from generation.catalog import cache
from generation.models import ImageModel, ModelHealth, Provider

_log = logging.getLogger(__name__)

ANNOUNCED = "generation.end_announced"
EARLIEST, LATEST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""What lies outside is no day on which a model ends, but a mistake."""
LETTER = Letter(
    subject="{provider} ends {model} on {day}",
    heading="{model} ends on {day}",
    lead="{provider}'s list of models says so. {what} {after}",
    label="See the model",
    href="{BASE_URL}/admin/generation/imagemodel/{slug}/change/",
    note="The list is read once a day. What you set on that page stays until the list says something else.",
)
WITHDRAWN = Letter(
    subject="{provider} no longer ends {model}",
    heading="{model} stays",
    lead="{provider}'s list of models named the day of its end and names none now. {what}",
    label=LETTER.label,
    href=LETTER.href,
    note=LETTER.note,
)
WRITTEN = (
    "It stands in the catalog now: the model's page, Studio and the APIs show it, and customers who use the model are told "
    "30, 7 and 1 days before."
)
PAST = "That day has passed, so nothing was changed: if the model no longer answers, its orders are refused by themselves."
EARLIER = "The catalog ends it on {ours}, which is earlier and stays."


def note_all(provider: Provider, said: Mapping[str, object]) -> int:
    """Note what a provider's list says of the ends of our models; one that it does not name is left alone.

    Args:
        provider: whose list it is.
        said: by the provider's name of a model, its day as listed; None if no end is announced.

    Returns:
        The number of ends that were new, moved or withdrawn.
    """
    models = ImageModel.objects.filter(provider=provider, upstream_id__in=said).select_related("health")
    changed = 0
    for model in models:
        try:
            at = parse_day(said[model.upstream_id])
        except ValueError as error:
            _log.error("%s lists %s with an end that can't be read: %s", provider, model.upstream_id, error)
            continue
        before = model.health.shutdown_at if hasattr(model, "health") else None
        if at != before:
            changed += _note(model.slug, before, at)
    return changed


def parse_day(said: object) -> datetime | None:
    """Read a day as a list of models gives it: "2027-01-15", a moment in ISO 8601, or seconds since 1970.

    Returns:
        The moment; a day begins at midnight UTC. None if nothing is said.

    Raises:
        ValueError: it is none of these.
    """
    if said is None or said == "":
        return None
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        raise ValueError(f"{said!r:.60}")  # noqa: TRY004 -- what another program says is a wrong value
    try:
        at = (
            datetime.fromisoformat(said.strip())
            if isinstance(said, str)
            else datetime.fromtimestamp(said, UTC)
        )
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        if EARLIEST <= at < LATEST:
            return at
    except (ValueError, OverflowError, OSError):
        pass
    raise ValueError(f"{said!r:.60}")


def _note(slug: str, before: datetime | None, at: datetime | None) -> bool:
    """Write what the list says now, unless another worker has, and post the letter in the same commit."""
    ModelHealth.objects.get_or_create(model_id=slug)
    with transaction.atomic():
        if not ModelHealth.objects.filter(model=slug, shutdown_at=before).update(shutdown_at=at):
            return False
        model = ImageModel.objects.select_for_update().get(pk=slug)
        ours = model.retired_at
        if at == ours or _follows(model, before, at):
            model.retired_at = at
            model.deprecated_at = (model.deprecated_at or timezone.now()) if at else None
            model.save(update_fields=["retired_at", "deprecated_at"])
        if at == ours:
            # Somebody knew it already.
            return True
        audit.record(
            "model.end_announced",
            target=slug,
            detail={
                "announced": [_written(before), _written(at)],
                "retired_at": [_written(ours), _written(model.retired_at)],
            },
        )
        mail.post(ANNOUNCED, recipients.operators(), model=slug, at=_written(at))
    cache.invalidate()
    return True


def _follows(model: ImageModel, before: datetime | None, at: datetime | None) -> bool:
    """Whether the catalog takes the day over: not if it has passed, nor if an operator has set an earlier one."""
    ours = model.retired_at
    if at is None:
        return ours is not None and ours == before
    return at > timezone.now() and (ours is None or ours == before or ours > at)


def _written(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _letter(model: str, at: str) -> Letter | None:
    """Build the letter to an operator, or return None if the provider says something else by now."""
    row = ImageModel.objects.select_related("provider", "health").get(pk=model)
    told, ours = row.health.shutdown_at, row.retired_at
    if _written(told) != at:
        return None
    named = {"provider": row.provider.name, "model": row.label, "slug": row.slug}
    if told is None:
        what = "The catalog no longer ends it." if ours is None else EARLIER.format(ours=_day(ours))
        return WITHDRAWN.filled(named | {"what": what})
    what = WRITTEN if ours == told else PAST if told <= timezone.now() else EARLIER.format(ours=_day(ours))
    after = cache.load().replacement(row)
    chosen = f"They are told to use {after.label}." if after else "No replacement takes orders: choose one."
    return LETTER.filled(named | {"day": _day(told), "what": what, "after": chosen})


def _day(at: datetime | None) -> str:
    return f"{at:%-d %B %Y}" if at else "no day"


WRITERS = {ANNOUNCED: _letter}
