"""Scopes: what may be done in a workspace, in the terms of tokens."""

from django.db import models

from accounts.models.membership import Role


class Scope(models.TextChoices):
    """A right of a token; a token never has more scopes than its maker's role covers."""

    GENERATIONS_WRITE = "generations:write", "Make images"
    IMAGES_READ = "images:read", "Read images and generations"
    IMAGES_WRITE = "images:write", "Change and delete images"
    BILLING_READ = "billing:read", "Read balance and statement"
    BILLING_WRITE = "billing:write", "Buy credits"
    WEBHOOKS_WRITE = "webhooks:write", "Manage webhooks, and read what they tell"
    TOKENS_WRITE = "tokens:write", "Manage tokens and caps"
    CLIENTS_READ = "clients:read", "Read clients and what they use"
    CLIENTS_WRITE = "clients:write", "Manage clients and their credits"

    @property
    def needs(self) -> Role:
        """The lowest role that has this scope."""
        match self:
            case Scope.IMAGES_READ | Scope.BILLING_READ:
                return Role.VIEWER
            case Scope.GENERATIONS_WRITE | Scope.IMAGES_WRITE:
                return Role.MEMBER
            case (
                Scope.BILLING_WRITE
                | Scope.WEBHOOKS_WRITE
                | Scope.TOKENS_WRITE
                | Scope.CLIENTS_READ
                | Scope.CLIENTS_WRITE
            ):
                return Role.ADMIN


def scopes_of(role: Role) -> frozenset[Scope]:
    """Return what a member of this role may do, in a browser or through a token."""
    return frozenset(scope for scope in Scope if role.covers(scope.needs))
