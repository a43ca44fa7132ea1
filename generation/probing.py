"""Asking providers whether they answer, take our key and know our models: cheap, and no proof that pictures come.

A provider's list lags behind its models, so that a model it does not name is not dead for it: real calls tell that.
"""

import logging

from django.utils import timezone

from generation import adapters, catalogue
from generation.adapters import ProbeError
from generation.claims import setting
from generation.db import db
from generation.models import ImageModel, ModelHealth

_log = logging.getLogger(__name__)


async def probe() -> int:
    """Ask for each model that takes orders, where its adapter can; how many are known to their providers."""
    known = 0
    for model in await db(_asked)():
        ask = adapters.prober(model.provider.adapter)
        if ask is None:
            continue
        provider, error = model.provider, ""
        base_url = setting(provider.base_url_setting) or provider.base_url
        try:
            await ask(base_url, setting(provider.key_setting), model.upstream_id)
        except ProbeError as refused:
            error = str(refused)
            _log.warning("%s was asked for %s: %s", provider.slug, model.upstream_id, error)
        else:
            known += 1
        await db(_note)(model.slug, error)
    return known


def _asked() -> list[ImageModel]:
    return catalogue.load().offered()


def _note(slug: str, error: str) -> None:
    now = timezone.now()
    ModelHealth.objects.get_or_create(model_id=slug)
    heard = ModelHealth.objects.filter(model=slug)
    heard.update(probed_at=now, probe_error=error[:500])
    if not error:
        heard.update(listed_at=now)
