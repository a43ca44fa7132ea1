"""Find the adapter of a provider by its name, and call it."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Protocol

from django.conf import settings

from generation.models import Outcome, Reason
from generation.providers import adapters
from generation.providers.contract import DeliveredImage, Preview, ProviderCall, ProviderFailure

NAMES = frozenset(module.name for module in pkgutil.iter_modules(adapters.__path__))


class Adapter(Protocol):
    """An adapter module."""

    async def make(self, call: ProviderCall, preview: Preview) -> DeliveredImage:
        """Make one image with one paid call. Raises `ProviderFailure`."""


def adapter_named(name: str) -> Adapter:
    """Return the adapter that a provider's row names.

    Raises:
        LookupError: there is no adapter of that name.
    """
    if name not in NAMES:
        raise LookupError(f"There is no adapter {name!r}; there are {', '.join(sorted(NAMES))}.")
    return importlib.import_module(f"{adapters.__name__}.{name}")


def find_prober(name: str) -> Callable[[str, str, str], Awaitable[None]] | None:
    """Return the function that asks an adapter's provider whether it knows a model, or None."""
    ask: Callable[[str, str, str], Awaitable[None]] | None = getattr(adapter_named(name), "ask", None)
    return ask


def find_lister(name: str) -> Callable[[str, str], Awaitable[Mapping[str, object]]] | None:
    """Return the function that lists when the models of an adapter's provider end, or None."""
    lister: Callable[[str, str], Awaitable[Mapping[str, object]]] | None
    lister = getattr(adapter_named(name), "list_ends", None)
    return lister


def find_key_checker(name: str) -> Callable[[str, str], Coroutine[Any, Any, object]] | None:
    """Return the function that asks an adapter's provider whether it takes a key, or None; a list of models does, too."""
    adapter = adapter_named(name)
    checker: Callable[[str, str], Coroutine[Any, Any, object]] | None
    checker = getattr(adapter, "check_key", None) or getattr(adapter, "list_ends", None)
    return checker


def find_forgetter(name: str) -> Callable[[str, str, str], Coroutine[Any, Any, None]] | None:
    """Return the function that deletes what an adapter's provider keeps of a request, or None."""
    forget: Callable[[str, str, str], Coroutine[Any, Any, None]] | None
    forget = getattr(adapter_named(name), "forget", None)
    return forget


async def make_image(name: str, call: ProviderCall, preview: Preview) -> DeliveredImage:
    """Make one image with the named adapter, cut off when its time is up even if data still arrives.

    A request that was withdrawn while it waited in its provider's queue has cost nothing, and another may be made.

    Raises:
        ProviderFailure: no image came.
    """
    adapter = adapter_named(name)
    try:
        async with call.clock.running():
            return await adapter.make(call, preview)
    except TimeoutError as error:
        withdraw, request = getattr(adapter, "withdraw", None), call.upstream.request
        if withdraw and await withdraw(call):
            words = f"Still queued after {call.queue_seconds:.0f} s"
            raise ProviderFailure(
                Reason.PROVIDER_BUSY, Outcome.FAILED, words, may_retry=True, request=request
            ) from error
        words = f"No answer within {call.seconds:.0f} s"
        raise ProviderFailure(Reason.TIMEOUT, Outcome.UNKNOWN, words, paid=True, request=request) from error


def provider_setting(name: str) -> str:
    """Return what a provider's row names: one of `PROVIDER_SETTINGS` and no other setting, or one of `PROVIDER_KEYS`."""
    if name in settings.PROVIDER_SETTINGS:
        return str(getattr(settings, name))
    return str(settings.PROVIDER_KEYS.get(name, ""))
