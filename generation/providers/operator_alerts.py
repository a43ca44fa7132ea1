"""Mail to operators about what only they can fix: a key, funds, an unavailable provider, a lost model."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import recipients
from core import mail
from core.database import clock
from core.mail import Letter
from generation.catalog import cache
from generation.models import Cause, Circuit, CircuitState, ImageModel, ModelHealth, StoreCircuit

STOPPED, GONE, DENIED = "generation.stopped", "generation.gone", "generation.denied"
SWAPPED = "generation.swapped"
UNSTORED = "generation.unstored"
PATIENCE = timedelta(minutes=2)
"""How long a provider may merely fail before operators are told."""
STOPPED_LETTER = Letter(
    subject="Calls to {provider} have stopped: {cause}",
    heading="Calls to {provider} have stopped",
    lead="{cause}, since {since} UTC. Waiting images keep their credits held for ten minutes and are then released; "
    "nothing is charged. What it said last: {error}",
    label="See the providers",
    href="{BASE_URL}/admin/generation/provider/",
    note="One call every ten seconds finds out whether it works again; nothing has to be switched back on.",
)
UNSTORED_LETTER = Letter(
    subject="Images can't be stored, and no provider is called",
    heading="The store does not answer",
    lead="Since {since} UTC nothing can be stored. Waiting images keep their credits held for ten minutes and are then "
    "released; nothing is charged, and no provider is paid. What it said last: {error}",
    label="See the dashboard",
    href="{BASE_URL}/admin/",
    note="It is asked every five seconds, and what waits goes on by itself; nothing has to be switched back on.",
)
GONE_LETTER = Letter(
    subject="{provider} no longer has {model}",
    heading="{model} is gone",
    lead="{provider} answered a customer's call with “no such model”. New orders of {model} are refused since then and "
    "told to use {after}; nothing is charged.",
    label="See the model",
    href="{BASE_URL}/admin/generation/imagemodel/{slug}/change/",
    note="Once the provider names it again, its orders are taken again. If it is there after all, clear “vanished at” on "
    "that page.",
)
DENIED_LETTER = Letter(
    subject="{provider} does not let us use {model}",
    heading="{provider} does not let us use {model}",
    lead="Since {since} UTC new orders of {model} are refused and told to use {after}; nothing is charged, and other "
    "models go on. What {provider} said: {error}",
    label="See the model",
    href="{BASE_URL}/admin/generation/imagemodel/{slug}/change/",
    note="Enable the model for the project there, or have the organization verified. One order every five minutes finds "
    "out; nothing has to be switched back on here.",
)
SWAPPED_LETTER = Letter(
    subject="{provider} answers with {answered} instead of {model}",
    heading="{model} was ordered, and {answered} made the image",
    lead="So {provider} said at {at} UTC. Such images are not delivered and cost customers nothing; what {provider} charges "
    "for them is booked as our loss.",
    label="See the model",
    href="{BASE_URL}/admin/generation/imagemodel/{slug}/change/",
    note="If customers are to have them all the same, add {answered} to “served as” on that page; else switch the model "
    "off until {provider} has mended it. You get one email a day about this while it lasts.",
)


def notify_operators() -> int:
    """Mail operators about each new problem, once.

    Returns:
        The number of problems reported.
    """
    now = clock.now()
    return _tell_of_outages(now) + _tell_of_models(now)


def _tell_of_outages(now: datetime) -> int:
    told = 0
    urgent = Q(cause__in=(Cause.KEY, Cause.FUNDS)) | Q(since__lt=now - PATIENCE)
    for circuit in Circuit.objects.exclude(state=CircuitState.CLOSED).filter(urgent, told_at=None):
        same = Circuit.objects.filter(pk=circuit.pk, since=circuit.since)
        told += _post_once(
            STOPPED, same, "told_at", now, circuit=str(circuit.pk), since=circuit.since.isoformat()
        )
    for store in StoreCircuit.objects.filter(is_open=True, since__lt=now - PATIENCE, told_at=None):
        silent = StoreCircuit.objects.filter(is_open=True, since=store.since)
        told += _post_once(UNSTORED, silent, "told_at", now, since=store.since.isoformat())
    return told


def _tell_of_models(now: datetime) -> int:
    told = 0
    for model in ImageModel.objects.filter(vanished_at__isnull=False, health__vanish_told_at=None):
        ModelHealth.objects.get_or_create(model=model)
        known = ModelHealth.objects.filter(model=model)
        told += _post_once(GONE, known, "vanish_told_at", now, model=model.slug)
    for health in ModelHealth.objects.filter(denied_at__isnull=False, denial_told_at=None):
        same = ModelHealth.objects.filter(pk=health.pk, denied_at=health.denied_at)
        told += _post_once(DENIED, same, "denial_told_at", now, model=health.model_id)
    for health in ModelHealth.objects.filter(answered_at__isnull=False, answer_told_at=None):
        same = ModelHealth.objects.filter(pk=health.pk, answered_as=health.answered_as)
        told += _post_once(
            SWAPPED, same, "answer_told_at", now, model=health.model_id, answered=health.answered_as
        )
    return told


def _post_once(kind: str, rows: QuerySet[Any], mark: str, now: datetime, **about: str) -> int:
    """Mail operators unless somebody has: whoever sets the mark does; return the number of problems reported."""
    with transaction.atomic():
        return _post(kind, **about) if rows.filter(**{mark: None}).update(**{mark: now}) else 0


def _post(kind: str, **about: str) -> int:
    mail.post(kind, recipients.operators(), **about)
    return 1


def _stopped(circuit: str, since: str) -> Letter | None:
    """Build the letter, or return None if calls have resumed."""
    row = Circuit.objects.select_related("provider").filter(pk=circuit, since=since).first()
    if row is None or row.state == CircuitState.CLOSED:
        return None
    known = {
        "provider": row.provider.name,
        "cause": Cause(row.cause).label,
        "since": f"{row.since:%H:%M}",
        "error": row.error[:200],
    }
    return STOPPED_LETTER.filled(known)


def _unstored(since: str) -> Letter | None:
    """Build the letter, or return None if the store is back."""
    row = StoreCircuit.objects.filter(is_open=True, since=since).first()
    if row is None:
        return None
    return UNSTORED_LETTER.filled({"since": f"{row.since:%H:%M}", "error": row.error[:200]})


def _gone(model: str) -> Letter | None:
    """Build the letter, or return None if the model is there after all."""
    row = ImageModel.objects.select_related("provider").get(pk=model)
    if row.vanished_at is None:
        return None
    return GONE_LETTER.filled(_named(row, cache.load().replacement(row)))


def _denied(model: str) -> Letter | None:
    """Build the letter, or return None if we may use the model by now."""
    health = ModelHealth.objects.filter(model=model, denied_at__isnull=False).first()
    if health is None:
        return None
    known = cache.load()
    row = known.models[model]
    told = {"since": f"{health.denied_at:%H:%M}", "error": health.denial[:200]}
    return DENIED_LETTER.filled(_named(row, known.instead(row)) | told)


def _swapped(model: str, answered: str) -> Letter:
    health = ModelHealth.objects.select_related("model__provider").get(model=model)
    told = {"answered": answered, "at": f"{health.answered_at:%H:%M}"}
    return SWAPPED_LETTER.filled(_named(health.model, None) | told)


def _named(model: ImageModel, after: ImageModel | None) -> dict[str, str]:
    return {
        "provider": model.provider.name,
        "model": model.label,
        "slug": model.slug,
        "after": after.label if after else "another model",
    }


WRITERS = {STOPPED: _stopped, GONE: _gone, DENIED: _denied, SWAPPED: _swapped, UNSTORED: _unstored}
