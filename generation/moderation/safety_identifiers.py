"""Hashed identifiers by which providers tell one end user from another, and whom they stand for."""

import uuid
from functools import lru_cache

from django.utils.crypto import salted_hmac

from generation.models import EndUser, Generation

KNOWN = 50_000
"""Identifiers that a process remembers as written."""


def safety_identifier(generation: Generation) -> str:
    """Return a hash that tells a provider one end user from another and nothing else; stored for look-ups."""
    person = f"{generation.workspace_id}:{generation.created_by_id or generation.token_id or ''}"
    identifier = salted_hmac("generation.end_user", person, algorithm="sha256").hexdigest()[:40]
    token = None if generation.created_by_id else generation.token_id
    _keep(identifier, generation.workspace_id, generation.created_by_id, token)
    return identifier


@lru_cache(maxsize=KNOWN)
def _keep(identifier: str, workspace: uuid.UUID, person: uuid.UUID | None, token: uuid.UUID | None) -> None:
    EndUser.objects.bulk_create(
        [EndUser(identifier=identifier, workspace_id=workspace, person_id=person, token_id=token)],
        ignore_conflicts=True,
    )
