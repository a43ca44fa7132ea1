"""Prompts that operators exempt from our own check, stored by their digest."""

import hashlib

from accounts.models import User
from generation.models import Allowance, Generation


def digest(generation: Generation) -> bytes:
    """Return the digest of the words and input images that are sent; another reference is another request."""
    parts = [generation.sent_prompt, *(key.hex for key in generation.references)]
    return hashlib.sha256("\0".join(parts).encode()).digest()


def add(generation: Generation, by: User) -> None:
    """Exempt the same words with the same references from our check in this workspace; idempotent."""
    Allowance.objects.get_or_create(
        workspace_id=generation.workspace_id, digest=digest(generation), defaults={"made_by": by}
    )
