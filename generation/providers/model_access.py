"""Models that their provider denies us: not enabled for our project, or limited to verified customers.

Only that one model is affected, so its provider is still called for all others. Nobody has to reset it here: every
few minutes one order tries again, and a model that the provider no longer had is back once the provider lists it
again.
"""

import logging
from datetime import timedelta

from django.db.models import F, Q
from django.db.models.functions import Now

from generation.catalog import cache
from generation.models import ImageModel, ModelHealth

AGAIN = timedelta(minutes=5)
"""Time until an order tries again; a try in vain costs nothing."""
TELL_AGAIN = timedelta(days=1)
_log = logging.getLogger(__name__)


def deny(model: str, provider: str, words: str) -> None:
    """Refuse orders of a model whose call its provider rejected, until it is time to try again."""
    if not ImageModel.objects.filter(slug=model, provider=provider).exists():
        return
    ModelHealth.objects.get_or_create(model_id=model)
    health = ModelHealth.objects.filter(model=model)
    if health.filter(denied_at=None).update(denied_at=Now()):
        _log.error("%s does not let us use %s; its orders are refused: %s", provider, model, words)
    health.update(denial=words[:500], again_at=Now() + AGAIN)
    cache.invalidate()


def allow(model: str) -> None:
    """Accept orders of a denied model again."""
    denied = ModelHealth.objects.filter(model=model, denied_at__isnull=False)
    if denied.update(denied_at=None, denial="", again_at=None, denial_told_at=None):
        cache.invalidate()
        _log.warning("Orders of %s are taken again.", model)


def record_answer(model: str, answered: str) -> None:
    """Note that another model has answered in this one's place; operators are told once a day while that lasts."""
    ModelHealth.objects.get_or_create(model_id=model)
    health = ModelHealth.objects.filter(model=model)
    again = Q(answer_told_at__lt=Now() - TELL_AGAIN) | ~Q(answered_as=answered[:120])
    health.filter(again).update(answer_told_at=None)
    health.update(answered_as=answered[:120], answered_at=Now())
    _log.error("%s was ordered and %s has answered; the image was not delivered.", model, answered[:120])


def record_unlisted(model: str) -> None:
    """Note that a provider does not list its model. Lists lag behind, so that alone stops nothing."""
    ModelHealth.objects.filter(model=model).update(unlisted_at=Now())


def record_listed(model: str) -> None:
    """Note that a provider lists its model; accept orders again if it was unlisted since they stopped."""
    if ModelHealth.objects.filter(model=model, denied_at__lt=F("unlisted_at")).exists():
        allow(model)
    back = ImageModel.objects.filter(slug=model, vanished_at__lt=F("health__unlisted_at"))
    if back.update(vanished_at=None):
        cache.invalidate()
        _log.warning("%s is there again; its orders are taken.", model)
