"""The audit trail: who did what to which object, kept for good."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from accounts.models import AuditEvent, User, Workspace
from core.addresses import client_address


def record(
    action: str,
    *,
    workspace: Workspace | None = None,
    actor: User | None = None,
    target: str = "",
    detail: dict[str, Any] | None = None,
    request: HttpRequest | None = None,
) -> AuditEvent:
    """Add one line inside the caller's transaction; a trigger refuses to change or delete lines.

    Args:
        action: noun.verb, for example "token.created".
        workspace: the tenant it concerns; None for what concerns a person or the installation.
        actor: who did it; by default the signed-in user of `request`; None is the system.
        target: public id of the object.
        detail: further facts as JSON; never a secret, a prompt or a token.
        request: source of the IP address.
    """
    if actor is None and request is not None and isinstance(request.user, User):
        actor = request.user
    return AuditEvent.objects.create(
        action=action,
        workspace=workspace,
        actor=actor,
        target=target,
        detail=detail or {},
        address=client_address(request) if request else None,
    )


def record_all(
    action: str,
    lines: Iterable[tuple[Workspace | None, str, dict[str, Any]]],
    *,
    actor: User | None,
    request: HttpRequest,
) -> None:
    """Add a line for each workspace, target and detail, in one statement."""
    AuditEvent.objects.bulk_create(
        AuditEvent(
            action=action,
            workspace=workspace,
            actor=actor,
            target=target,
            detail=detail,
            address=client_address(request),
        )
        for workspace, target, detail in lines
    )
