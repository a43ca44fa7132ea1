"""Slugs of workspaces: each is taken once."""

import secrets
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Workspace

LENGTH = 48
"""Of a slug that is made of a name: the column holds 60, room for a suffix or two."""
RESERVED = frozenset({"admin", "api", "www", "new", "settings", "support", "help", "status"})
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def insert(name: str, slug: str, **fields: Any) -> Workspace:
    """Insert a workspace under `slug`, with a random suffix if that is taken or reserved."""
    candidate = f"{slug}-{_tail()}" if slug in RESERVED else slug
    while True:
        try:
            with transaction.atomic():
                return Workspace.objects.create(name=name, slug=candidate, **fields)
        except IntegrityError:
            candidate = f"{slug[: LENGTH + 5]}-{_tail()}"


def _tail() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(6))
