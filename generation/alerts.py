"""Writing to operators what only they can put right: a key, funds, a provider that stays away, a model that is lost."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts import letters
from accounts.letters import Letter
from accounts.models import User
from generation import catalogue
from generation.models import Cause, Circuit, CircuitState, ImageModel, ModelHealth

_log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=2)
"""How long a provider may merely fail before it is worth a mail."""
STOPPED = Letter(
    subject="Calls to {provider} have stopped: {cause}",
    heading="Calls to {provider} have stopped",
    lead="{cause}, since {since} UTC. Waiting images keep their credits held for ten minutes and are then released; "
    "nothing is charged. What it said last: {error}",
    action="Look at the providers",
    href="{BASE_URL}/admin/generation/provider/",
    note="One call every ten seconds finds out whether it works again; nothing has to be switched back on.",
)
GONE = Letter(
    subject="{provider} has no {model} any more",
    heading="{model} is gone",
    lead="{provider} answered a customer's call with “no such model”. New orders of {model} are refused since then and "
    "told to use {after}; nothing is charged.",
    action="Look at the model",
    href="{BASE_URL}/admin/generation/imagemodel/{slug}/change/",
    note="Once the provider names it again, its orders are taken again. If it is there after all, clear “vanished at” on "
    "that page.",
)
DENIED = Letter(
    subject="{provider} does not let us use {model}",
    heading="{provider} does not let us use {model}",
    lead="Since {since} UTC new orders of {model} are refused and told to use {after}; nothing is charged, and other "
    "models go on. What {provider} said: {error}",
    action="Look at the model",
    href="{BASE_URL}/admin/generation/imagemodel/{slug}/change/",
    note="Enable the model for the project there, or have the organization verified. One order every five minutes finds "
    "out; nothing has to be switched back on here.",
)


def tell() -> int:
    """Write to operators once of each; how many there were to tell of. A mail server's bad day only delays it."""
    now, told = timezone.now(), 0
    urgent = Q(cause__in=(Cause.KEY, Cause.FUNDS)) | Q(since__lt=now - PATIENCE)
    stopped = Circuit.objects.exclude(state=CircuitState.CLOSED).filter(urgent, told_at=None)
    for circuit in stopped.select_related("provider"):
        mine = Circuit.objects.filter(pk=circuit.pk, since=circuit.since, told_at=None)
        if mine.update(told_at=now):
            told += _write(STOPPED, _of_circuit(circuit))
    for model in ImageModel.objects.filter(vanished_at__isnull=False, health__vanish_told_at=None):
        ModelHealth.objects.get_or_create(model=model)
        if ModelHealth.objects.filter(model=model, vanish_told_at=None).update(vanish_told_at=now):
            told += _write(GONE, _of_model(model))
    for health in ModelHealth.objects.filter(denied_at__isnull=False, denial_told_at=None):
        denied = ModelHealth.objects.filter(pk=health.pk, denied_at=health.denied_at, denial_told_at=None)
        if denied.update(denial_told_at=now):
            told += _write(DENIED, _of_denial(health))
    return told


def _of_circuit(circuit: Circuit) -> dict[str, str]:
    return {
        "provider": circuit.provider.name,
        "cause": Cause(circuit.cause).label,
        "since": f"{circuit.since:%H:%M}",
        "error": circuit.error[:200],
    }


def _of_model(model: ImageModel) -> dict[str, str]:
    return _named(model, catalogue.load().replacement(model))


def _of_denial(health: ModelHealth) -> dict[str, str]:
    known = catalogue.load()
    model = known.models[health.model_id]
    told = {"since": f"{health.denied_at:%H:%M}", "error": health.denial[:200]}
    return _named(model, known.instead(model)) | told


def _named(model: ImageModel, after: ImageModel | None) -> dict[str, str]:
    return {
        "provider": model.provider.name,
        "model": model.label,
        "slug": model.slug,
        "after": after.label if after else "another model",
    }


def _write(letter: Letter, known: dict[str, str]) -> int:
    for operator in User.objects.filter(is_staff=True, is_active=True):
        try:
            letters.send(letter, operator.email, {**known, "BASE_URL": settings.BASE_URL})
        except OSError as error:
            _log.warning("An operator could not be written to: %s", error)
    return 1
