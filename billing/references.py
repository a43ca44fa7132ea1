"""What the ledger's references stand for, in words and pictures.

Billing stores `generation:<uuid>` and knows no more. An upper app registers a resolver for its prefix when it is
ready; one call describes all the references of a page, so a statement costs one query per kind of thing.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from accounts.models import Workspace


@dataclass(frozen=True, slots=True)
class Described:
    """A thing on the statement.

    Attributes:
        title: what it was, for example the beginning of a prompt.
        detail: a second, quieter line.
        href: where to see it.
        thumbnail: address of a small picture.
        icon: where there is no picture.
        cents: what it cost in money, where it did, in `currency`.
    """

    title: str
    detail: str = ""
    href: str = ""
    thumbnail: str = ""
    icon: str = ""
    cents: int | None = None
    currency: str = "usd"


type Resolver = Callable[[Workspace, list[str]], Mapping[str, Described]]
"""From the workspace and references with one prefix to what they are; a reference that is gone is left out."""

_resolvers: dict[str, Resolver] = {}


def register(prefix: str, resolver: Resolver) -> None:
    """Say who describes references that begin with `prefix:`."""
    _resolvers[prefix] = resolver


def uuids(wanted: Iterable[str]) -> list[uuid.UUID]:
    """The ids behind references of one prefix; one that is no id, as scripts may have used, has nobody behind it."""
    found = []
    for reference in wanted:
        with suppress(ValueError):
            found.append(uuid.UUID(reference.partition(":")[2]))
    return found


def describe(workspace: Workspace, references: Iterable[str]) -> dict[str, Described]:
    """Every reference that somebody can describe."""
    by_prefix: dict[str, list[str]] = {}
    for reference in dict.fromkeys(references):
        by_prefix.setdefault(reference.partition(":")[0], []).append(reference)
    known: dict[str, Described] = {}
    for prefix, group in by_prefix.items():
        if prefix in _resolvers:
            known |= _resolvers[prefix](workspace, group)
    return known
