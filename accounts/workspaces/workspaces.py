"""Workspaces: created, renamed, found."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils.text import slugify

from accounts import audit
from accounts.models import Membership, Role, User, Workspace
from accounts.workspaces import names
from accounts.worlds import slugs
from core.errors import Refusal

NAME_LENGTH = 80
MAX_OWNED = 20


class TooManyWorkspaces(Refusal):
    """One person can own only so many workspaces."""

    code = "too_many_workspaces"
    status = 409


def create(user: User, name: str = "", *, slug: str = "", request: HttpRequest | None = None) -> Workspace:
    """Create a workspace that `user` owns.

    Args:
        user: its owner.
        name: what people call it; by default it is named after the owner.
        slug: for addresses; by default made of the name. A random suffix is added to one that is taken.
        request: for the audit trail.

    Raises:
        NameRefused: the name holds a web address.
        TooManyWorkspaces: the user owns as many as one person may.
    """
    name = names.clean(name, most=NAME_LENGTH) if name.strip() else _default_name(user)
    with transaction.atomic():
        # Two tabs can't exceed the limit together.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if Membership.objects.filter(user=user, role=Role.OWNER).count() >= MAX_OWNED:
            raise TooManyWorkspaces(
                f"You own {MAX_OWNED} workspaces, which is the limit. No workspace was created."
            )
        workspace = slugs.insert(name, slug or slugify(name)[: slugs.LENGTH].strip("-") or "workspace")
        Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
        audit.record(
            "workspace.created", workspace=workspace, actor=user, target=workspace.public_id, request=request
        )
    return workspace


def for_user(user: User, *, request: HttpRequest | None = None) -> Workspace:
    """Return the oldest workspace of `user`; create one if there is none."""
    first = (
        Membership.objects.filter(user=user).select_related("workspace").order_by("created_at", "id").first()
    )
    return first.workspace if first else create(user, request=request)


def rename(workspace: Workspace, name: str, *, by: User, request: HttpRequest | None = None) -> None:
    """Rename the workspace and its test world; the slugs stay, since addresses and scripts use them.

    Raises:
        NameRefused: nothing but spaces, too long, or with a web address in it.
    """
    name = names.clean(name, most=NAME_LENGTH)
    before, workspace.name = workspace.name, name
    with transaction.atomic():
        Workspace.objects.filter(Q(pk=workspace.pk) | Q(live=workspace)).update(name=name)
        audit.record(
            "workspace.renamed",
            workspace=workspace,
            actor=by,
            target=workspace.public_id,
            detail={"from": before, "to": name},
            request=request,
        )


def suspend(workspace: Workspace, *, since: datetime | None) -> None:
    """Stop the spending of the workspace and of its test world, or with None let it go on."""
    Workspace.objects.filter(Q(pk=workspace.pk) | Q(live=workspace)).update(suspended_at=since)
    workspace.suspended_at = since


def _default_name(user: User) -> str:
    name = f"{user.display_name[:60]}'s workspace"
    return "My workspace" if names.ADDRESS.search(name) else name
