"""Recipients of mail."""

import uuid
from collections.abc import Iterable

from accounts.models import Membership, Role, User, Workspace


def owners(workspace: Workspace) -> list[User]:
    """Return the owners of a workspace, those of the live one for a test world."""
    memberships = Membership.objects.filter(
        workspace=workspace.home_id, role=Role.OWNER, user__is_active=True
    )
    return [membership.user for membership in memberships.select_related("user")]


def owners_of(workspaces: Iterable[Workspace]) -> list[tuple[Workspace, list[User]]]:
    """Return the owners of many workspaces, in one query."""
    found: dict[uuid.UUID, tuple[Workspace, list[User]]] = {
        workspace.pk: (workspace, []) for workspace in workspaces
    }
    memberships = Membership.objects.filter(workspace__in=found, role=Role.OWNER, user__is_active=True)
    for membership in memberships.select_related("user"):
        found[membership.workspace_id][1].append(membership.user)
    return list(found.values())


def operators() -> list[User]:
    """Return the people who run the business."""
    return list(User.objects.filter(is_staff=True, is_active=True))
