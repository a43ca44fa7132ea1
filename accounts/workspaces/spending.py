"""Locking all spending of a workspace at once, and unlocking it: by its own people."""

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.models import User, Workspace


def lock(workspace: Workspace, *, by: User, request: HttpRequest | None = None) -> None:
    """Let nothing more be held, by anybody; what is held already is finished."""
    _set(workspace, "spending.locked", is_locked=True, by=by, request=request)


def unlock(workspace: Workspace, *, by: User, request: HttpRequest | None = None) -> None:
    """Let spending go on."""
    _set(workspace, "spending.unlocked", is_locked=False, by=by, request=request)


def _set(
    workspace: Workspace, action: str, *, is_locked: bool, by: User, request: HttpRequest | None
) -> None:
    moment = timezone.now() if is_locked else None
    with transaction.atomic():
        changed = Workspace.objects.filter(pk=workspace.pk, spending_locked_at__isnull=is_locked).update(
            spending_locked_at=moment
        )
        if changed:
            audit.record(action, workspace=workspace, actor=by, request=request)
    workspace.refresh_from_db(fields=["spending_locked_at"])
