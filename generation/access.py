"""Models that their provider does not let us use: not enabled for our project, or kept for those whom it has verified.

That is one model's fault, so its provider is called for all others. Nobody has to end it here: an order every few
minutes finds out, and a model that the provider denied to have is back once it names it again.
"""

import logging
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from generation import catalogue
from generation.models import ImageModel, ModelHealth

AGAIN = timedelta(minutes=5)
"""After how long an order finds out; where that is in vain, it costs nothing."""
_log = logging.getLogger(__name__)


def deny(model: str, provider: str, words: str) -> None:
    """The provider has refused a call of its model: take no orders until it is time to find out again."""
    if not ImageModel.objects.filter(slug=model, provider=provider).exists():
        return
    now = timezone.now()
    ModelHealth.objects.get_or_create(model_id=model)
    health = ModelHealth.objects.filter(model=model)
    if health.filter(denied_at=None).update(denied_at=now):
        _log.error("%s does not let us use %s; its orders are refused: %s", provider, model, words)
    health.update(denial=words[:500], again_at=now + AGAIN)
    catalogue.forget()


def allow(model: str) -> None:
    """The provider lets us use its model again, if it did not."""
    denied = ModelHealth.objects.filter(model=model, denied_at__isnull=False)
    if denied.update(denied_at=None, denial="", again_at=None, denial_told_at=None):
        catalogue.forget()
        _log.warning("Orders of %s are taken again.", model)


def unlisted(model: str) -> None:
    """The provider denies to have its model, for us at least. Lists lag behind, so that alone stops nothing."""
    ModelHealth.objects.filter(model=model).update(unlisted_at=timezone.now())


def listed(model: str) -> None:
    """The provider names its model. That is news where it has denied to have it since orders were stopped."""
    if ModelHealth.objects.filter(model=model, denied_at__lt=F("unlisted_at")).exists():
        allow(model)
    back = ImageModel.objects.filter(slug=model, vanished_at__lt=F("health__unlisted_at"))
    if back.update(vanished_at=None):
        catalogue.forget()
        _log.warning("%s is there again; its orders are taken.", model)
