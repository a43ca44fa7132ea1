"""Registry of proofs of what was delivered for credits.

Billing knows `image:<uuid>` and no more. A higher app registers a resolver for its prefix when it is ready, as for
statements (`billing.references`); one call describes a page of them.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from accounts.models import Workspace


@dataclass(frozen=True, slots=True)
class Delivered:
    """Something that was delivered.

    Attributes:
        id: its public id.
        prompt: the beginning of its prompt.
        asked_at: when it was ordered.
        asked_by: the person or token that ordered it.
        through: where it was ordered: Studio, API.
        model: the model that made it.
        at: when it could first be seen and downloaded.
        sha256: of its bytes, in hexadecimal.
        kind: format and size, for example "png, 1024 by 1024".
        thumbnail: URL of a small version, valid for minutes; empty if the image was deleted.
        picture: storage key of a version of medium size; empty if the image was deleted.
    """

    id: str
    prompt: str
    asked_at: dt.datetime
    asked_by: str
    through: str
    model: str
    at: dt.datetime | None
    sha256: str
    kind: str
    thumbnail: str
    picture: str


type Resolver = Callable[[Workspace, list[str]], Mapping[str, Delivered]]
"""Maps references with one prefix to what was delivered."""

_resolvers: dict[str, Resolver] = {}


def register(prefix: str, resolver: Resolver) -> None:
    """Register the resolver of references that begin with `prefix:`."""
    _resolvers[prefix] = resolver


def describe(workspace: Workspace, references: Iterable[str]) -> dict[str, Delivered]:
    """Describe every known reference, by one query for each kind of thing."""
    by_prefix: dict[str, list[str]] = {}
    for reference in dict.fromkeys(references):
        by_prefix.setdefault(reference.partition(":")[0], []).append(reference)
    known: dict[str, Delivered] = {}
    for prefix, group in by_prefix.items():
        if prefix in _resolvers:
            known |= _resolvers[prefix](workspace, group)
    return known
