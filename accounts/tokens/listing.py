"""Tokens as pages list them: those that work."""

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import ApiToken, User, Workspace


def usable(rows: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
    """Narrow rows to tokens that are neither revoked nor expired."""
    return rows.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)


def newest_of(workspace: Workspace, user: User) -> ApiToken | None:
    """Return the newest usable token that this person made here."""
    return usable(workspace.tokens.filter(created_by=user)).first()
