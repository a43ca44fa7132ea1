"""Providers of images: whether each takes our key, asked at no cost."""

import asyncio
import uuid
from functools import partial
from typing import Final

from django.conf import settings

from config.doctor.findings import Check, Finding, fault, ok, warning, words_of
from generation.models import TEST, Provider
from generation.providers import registry
from generation.providers.contract import ForgetError, ProbeError

REFUSED: Final = (401, 403)


def checks() -> list[Check]:
    """Make a check for each provider that takes orders."""
    enabled = Provider.objects.filter(is_enabled=True).exclude(slug=TEST)
    return [Check(f"provider: {one.slug}", partial(_key, one), seconds=20.0) for one in enabled]


def _key(provider: Provider) -> Finding:
    if provider.adapter not in registry.NAMES:
        return fault(
            f"Its adapter {provider.adapter} is none of this code's.",
            f"Choose one of {', '.join(sorted(registry.NAMES))} in the admin.",
        )
    base_url = registry.provider_setting(provider.base_url_setting) or provider.base_url
    key = registry.provider_setting(provider.key_setting)
    if not key:
        return fault(
            f"{provider.name} has no key.",
            f"Set {provider.key_setting or 'a key, and name it in the row'}, or switch the provider off in the admin.",
        )
    ask = registry.find_key_checker(provider.adapter)
    if ask is None:
        return warning(f"{provider.name} can't be asked whether it takes the key.", "Make an image.")
    try:
        asyncio.run(ask(base_url, key))
    except ProbeError as error:
        return _refused(provider, base_url, error)
    return _denied_deletion(provider, base_url, key) or _taken(provider, base_url)


def _taken(provider: Provider, base_url: str) -> Finding:
    if base_url.startswith(settings.SANDBOX):
        told = f"The twin stands in for {provider.name}: it draws its images itself."
        cure = f"Set {provider.key_setting}."
        return warning(told, cure) if settings.PRODUCTION else ok(told)
    return ok(f"{provider.name} takes the key.")


def _denied_deletion(provider: Provider, base_url: str, key: str) -> Finding | None:
    """Ask for the deletion of a request that there is not; None unless the provider says that we may delete none."""
    forget = registry.find_forgetter(provider.adapter)
    if forget is None:
        return None
    try:
        asyncio.run(forget(base_url, key, str(uuid.uuid4())))
    except ForgetError as error:
        if not error.may_retry:
            return warning(
                f"{provider.name} takes the key, but not to delete what it keeps of images that customers delete ({words_of(error)}).",
                "Give a key of the scope that docs/providers.md names.",
            )
    return None


def _refused(provider: Provider, base_url: str, error: ProbeError) -> Finding:
    status = getattr(error.__cause__, "status_code", None)
    said = words_of(error)
    if error.is_denied or status in REFUSED:
        return fault(
            f"{provider.name} does not take the key ({said}).",
            f"Set {provider.key_setting} to a key of this account that may make images.",
        )
    if error.may_retry:
        return fault(
            f"{provider.name} does not answer at {base_url}: {said}.",
            "Let this machine out by the firewall, or correct its address; if its status page reports trouble, wait.",
        )
    return warning(f"{provider.name} could not say whether it takes the key: {said}.", "Make an image.")
