"""Deletion of what providers keep of images whose owners have deleted them: prompts, references, results.

Providers that keep requests let go of them by themselves after a while; `KEPT` is the longest.
"""

import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from core import jobs
from core.database.asynchronous import in_db_thread
from generation.models import Attempt, Generation, Outcome, Provider, Reference, Status
from generation.providers import registry
from generation.providers.contract import ForgetError

KEPT: Final = timedelta(days=31)
AT_ONCE: Final = 50
"""Attempts that one job is for: each is a request to the provider."""
TASK: Final = "generation.tasks.forget_at_providers"
_log = logging.getLogger(__name__)


class NotForgottenError(Exception):
    """Some providers could not be asked; the job is worth repeating."""


@dataclass(frozen=True, slots=True)
class ProviderCopy:
    """What a provider keeps of one attempt, and where to say that it shall not."""

    adapter: str
    base_url: str
    key: str
    request: str


def forget_images(images: Iterable[uuid.UUID]) -> int:
    """Have deleted from providers what they keep of these images; in the caller's transaction, by jobs.

    Returns:
        The number of attempts that jobs were made for.
    """
    return _defer(_attempts().filter(image__in=list(images)))


def forget_reference(reference: Reference) -> int:
    """Have deleted from providers the requests that a reference went into; in the caller's transaction, by jobs.

    Returns:
        The number of attempts that jobs were made for.
    """
    used = Generation.objects.filter(
        workspace=reference.workspace_id,
        references__contains=[reference.pk],
        created_at__gt=timezone.now() - KEPT,
    ).exclude(status__in=(Status.QUEUED, Status.RUNNING))
    return _defer(_attempts().filter(image__generation__in=used))


async def forget(attempts: Sequence[uuid.UUID]) -> int:
    """Tell providers to delete what they keep of these attempts; doing it twice is harmless.

    Returns:
        The number of requests that they keep nothing of any more.

    Raises:
        NotForgottenError: a provider did not answer, or was not able to.
    """
    forgotten, later = 0, []
    for copy in await in_db_thread(_copies)(attempts):
        forgetter = registry.find_forgetter(copy.adapter)
        if forgetter is None:
            continue
        try:
            await forgetter(copy.base_url, copy.key, copy.request)
        except ForgetError as error:
            if error.may_retry:
                later.append(f"{copy.request}: {error}")
            else:
                _log.error(
                    "What %s keeps of request %s was not deleted, though its owner deleted the image: %s",
                    copy.adapter,
                    copy.request,
                    error,
                )
            continue
        forgotten += 1
    if later:
        raise NotForgottenError("; ".join(later)[:1000])
    return forgotten


def _attempts() -> QuerySet[Attempt]:
    """Return the attempts of which a provider may keep something."""
    keeping = [
        slug
        for slug, adapter in Provider.objects.values_list("slug", "adapter")
        if adapter in registry.NAMES and registry.find_forgetter(adapter)
    ]
    young = Attempt.objects.filter(provider__in=keeping, started_at__gt=timezone.now() - KEPT)
    return young.exclude(upstream_request="").exclude(outcome=Outcome.SENT)


def _defer(attempts: QuerySet[Attempt]) -> int:
    found = [str(key) for key in attempts.values_list("pk", flat=True)]
    for some in batched(found, AT_ONCE, strict=False):
        jobs.defer(TASK, attempts=list(some))
    return len(found)


def _copies(attempts: Sequence[uuid.UUID]) -> list[ProviderCopy]:
    """Read what to ask for; several attempts that waited for one request are asked for once."""
    found = Attempt.objects.filter(pk__in=attempts).select_related("provider")
    copies = {
        (attempt.provider_id, attempt.upstream_request): ProviderCopy(
            attempt.provider.adapter,
            registry.provider_setting(attempt.provider.base_url_setting) or attempt.provider.base_url,
            registry.provider_setting(attempt.provider.key_setting),
            attempt.upstream_request,
        )
        for attempt in found
    }
    return list(copies.values())
