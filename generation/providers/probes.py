"""Probes of whether providers answer, accept our key and know our models: cheap, and no proof of images.

A provider's list lags behind its models, so a model that it does not name is not dead for it: real calls tell that.
"""

import logging

from django.db.models.functions import Now

from core.database.asynchronous import in_db_thread
from generation.catalog import announced_ends, cache
from generation.catalog.cache import OFFERED
from generation.models import ImageModel, ModelHealth, Provider
from generation.providers import model_access, registry
from generation.providers.contract import ProbeError
from generation.providers.registry import provider_setting

_log = logging.getLogger(__name__)


async def probe() -> int:
    """Ask about each model that takes orders, where its adapter can.

    Returns:
        The number of models that their providers know.
    """
    known = 0
    for model in await in_db_thread(_asked)():
        ask = registry.find_prober(model.provider.adapter)
        if ask is None:
            continue
        provider, error = model.provider, None
        base_url = provider_setting(provider.base_url_setting) or provider.base_url
        try:
            await ask(base_url, provider_setting(provider.key_setting), model.upstream_id)
        except ProbeError as refused:
            error = refused
            _log.warning("%s was asked for %s: %s", provider.slug, model.upstream_id, error)
        else:
            known += 1
        await in_db_thread(_note)(model.slug, error)
    return known


class ListUnavailable(Exception):  # noqa: N818 -- says what is so
    """A provider's list of models could not be read; it is tried again."""


async def read_ends() -> int:
    """Read each provider's list of models, where its adapter can, and note the ends that it announces.

    Returns:
        The number of ends that were new, moved or withdrawn.

    Raises:
        ListUnavailable: a provider did not answer; all others were read.
    """
    changed, unanswered = 0, []
    for provider in await in_db_thread(_listed)():
        lister = registry.find_lister(provider.adapter)
        if lister is None:
            continue
        base_url = provider_setting(provider.base_url_setting) or provider.base_url
        try:
            said = await lister(base_url, provider_setting(provider.key_setting))
        except ProbeError as error:
            _log.warning("The models of %s could not be listed: %s", provider.slug, error)
            unanswered += [provider.slug] if error.may_retry else []
        else:
            changed += await in_db_thread(announced_ends.note_all)(provider, said)
    if unanswered:
        raise ListUnavailable(f"No answer by {', '.join(unanswered)}")
    return changed


def _listed() -> list[Provider]:
    return list(Provider.objects.filter(is_enabled=True))


def _asked() -> list[ImageModel]:
    """Return the models that take orders, or did until their provider no longer had them."""
    models = cache.load().models.values()
    return [one for one in models if one.stage() in OFFERED or one.has_vanished]


def _note(slug: str, error: ProbeError | None) -> None:
    ModelHealth.objects.get_or_create(model_id=slug)
    heard = ModelHealth.objects.filter(model=slug)
    heard.update(probed_at=Now(), probe_error=str(error or "")[:500])
    if error is None:
        heard.update(listed_at=Now())
        model_access.record_listed(slug)
    elif error.is_denied:
        model_access.record_unlisted(slug)
