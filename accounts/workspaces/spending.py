"""Stopping all spending of a workspace at once, and allowing it again: by its own people."""

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.models import User, Workspace


def stop(workspace: Workspace, *, by: User, request: HttpRequest | None = None) -> None:
    """Let nothing more be held, by anybody; what is held already is finished."""
    _set(workspace, "spending.stopped", is_stopped=True, by=by, request=request)


def allow(workspace: Workspace, *, by: User, request: HttpRequest | None = None) -> None:
    """Allow spending again."""
    _set(workspace, "spending.allowed", is_stopped=False, by=by, request=request)


def _set(
    workspace: Workspace, action: str, *, is_stopped: bool, by: User, request: HttpRequest | None
) -> None:
    moment = timezone.now() if is_stopped else None
    with transaction.atomic():
        changed = Workspace.objects.filter(pk=workspace.pk, spending_stopped_at__isnull=is_stopped).update(
            spending_stopped_at=moment
        )
        if changed:
            audit.record(action, workspace=workspace, actor=by, request=request)
    workspace.refresh_from_db(fields=["spending_stopped_at"])
