"""Changes of a token: its name, scopes, networks, expiry, and its text."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, tokens
from accounts.models import ApiToken, User
from core.errors import Refusal

MOST_OVERLAP: Final = timedelta(days=7)
"""How long the text before a rotation may go on working."""


class TokenEnded(Refusal):
    """The token is revoked or has expired: it can't be changed any more."""

    code = "token_ended"
    status = 409


def rotate(
    token: ApiToken, overlap: timedelta, *, by: User | None, request: HttpRequest | None = None
) -> str:
    """Give a token a new text and return it; the one before works on for `overlap`, and no other.

    Its id, its scopes, its caps and what it has spent stay. A second rotation ends the first text at once.

    Raises:
        TokenEnded: it is revoked or expired.
    """
    assert timedelta(0) <= overlap <= MOST_OVERLAP, "callers have checked what people wrote"
    plaintext = tokens.write(is_test=token.is_test)
    with transaction.atomic():
        kept = _locked(token)
        ApiToken.objects.filter(pk=kept.pk).update(
            digest=tokens.digest(plaintext),
            prefix=plaintext[: tokens.SHOWN],
            previous_digest=kept.digest if overlap else None,
            previous_until=Now() + overlap if overlap else None,
        )
        audit.record(
            "token.rotated",
            workspace=token.workspace,
            actor=by,
            target=token.public_id,
            detail={"name": kept.name, "overlap_seconds": int(overlap.total_seconds())},
            request=request,
        )
    token.refresh_from_db(fields=["digest", "prefix", "previous_digest", "previous_until"])
    return plaintext


def change(
    token: ApiToken, said: Mapping[str, Any], *, by: User | None, request: HttpRequest | None = None
) -> None:
    """Change a token's `name`, `allowed_networks` or `expires_at`; what is not in `said` stays.

    Raises:
        TokenEnded: it is revoked or expired.
        TokenRefused: a value makes no sense.
    """
    with transaction.atomic():
        kept = _locked(token)
        changes = {
            name: _checked(name, value) for name, value in said.items() if getattr(kept, name) != value
        }
        if changes:
            ApiToken.objects.filter(pk=kept.pk).update(**changes)
            audit.record(
                "token.changed",
                workspace=token.workspace,
                actor=by,
                target=token.public_id,
                detail={"name": kept.name, "changed": sorted(changes)},
                request=request,
            )
    token.refresh_from_db(fields=["name", "allowed_networks", "expires_at"])


def _locked(token: ApiToken) -> ApiToken:
    kept = ApiToken.objects.select_for_update(no_key=True).get(pk=token.pk)
    if kept.revoked_at is not None or (kept.expires_at is not None and kept.expires_at <= timezone.now()):
        raise TokenEnded("This token is revoked or has expired. Nothing was changed; make a new one.")
    return kept


def _checked(name: str, value: Any) -> Any:
    match name:
        case "name":
            return tokens.checked_name(value)
        case "allowed_networks":
            return tokens.checked_networks(value)
        case _:
            return _later(value)


def _later(moment: datetime | None) -> datetime | None:
    if moment is not None and moment <= timezone.now():
        raise tokens.TokenRefused(
            "The token would already have expired. Choose a later time, or revoke it.", param="expires_at"
        )
    return moment
