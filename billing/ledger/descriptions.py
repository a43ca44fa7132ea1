"""Registry of descriptions of the ledger's references, in words and images.

Billing stores `generation:<uuid>` and knows no more. A higher app registers a resolver for its prefix when it is
ready; one call describes all the references of a page, so a statement costs one query per kind of thing.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from accounts.models import Workspace
from core.registry import Registry


@dataclass(frozen=True, slots=True)
class Description:
    """Description of something on the statement.

    Attributes:
        title: what it was, for example the beginning of a prompt.
        detail: a second, quieter line.
        href: where to see it.
        thumbnail: URL of a small image.
        icon: shown if there is no image.
        cents: what it cost in money, if it did, in `currency`.
    """

    title: str
    detail: str = ""
    href: str = ""
    thumbnail: str = ""
    icon: str = ""
    cents: int | None = None
    currency: str = "usd"


type Resolver[T] = Callable[[Workspace, list[str]], Mapping[str, T]]
"""Maps references with one prefix to their descriptions; a reference that is gone is left out."""


class Describers[T](Registry[Resolver[T]]):
    """Resolvers of references, by their prefix."""

    def describe(self, workspace: Workspace, references: Iterable[str]) -> dict[str, T]:
        """Describe every known reference, by one call for each kind of thing."""
        by_prefix: dict[str, list[str]] = {}
        for reference in dict.fromkeys(references):
            by_prefix.setdefault(reference.partition(":")[0], []).append(reference)
        known: dict[str, T] = {}
        for prefix, group in by_prefix.items():
            if prefix in self.entries:
                known |= self[prefix](workspace, group)
        return known


describers = Describers[Description]("description")


def uuids(wanted: Iterable[str]) -> list[uuid.UUID]:
    """Parse the ids of references with one prefix; what is not an id, as scripts may have used, is left out."""
    found = []
    for reference in wanted:
        with suppress(ValueError):
            found.append(uuid.UUID(reference.partition(":")[2]))
    return found
