"""Memberships of a workspace: change of role, removal, leaving, transfer of ownership.

Each verb first locks the workspace's row and then reads again, so that two at once can't leave a workspace
without an owner.
"""

from django.db import transaction
from django.http import HttpRequest

from accounts import audit
from accounts.models import Membership, Role, Workspace
from core.errors import Refusal


class RoleRefused(Refusal):
    """This role can't be given or taken away."""

    code = "role_not_allowed"
    status = 403


class OwnerNeeded(Refusal):
    """A workspace always has an owner."""

    code = "owner_needed"
    status = 409


def change_role(place: Membership, role: Role, *, by: Membership, request: HttpRequest | None = None) -> None:
    """Give a member another role; only `transfer` hands over ownership.

    Raises:
        RoleRefused: `by` is no admin, the member is the owner, or the role is the owner's.
    """
    if role is Role.OWNER:
        raise RoleRefused(
            "Only the owner can make somebody else the owner, by handing the workspace over. Nothing was changed."
        )
    with transaction.atomic():
        place, by = _reread(place, by)
        _may_manage(place, by)
        if place.role == role:
            return
        before, place.role = place.role, role
        place.save(update_fields=["role"])
        _note("member.role_changed", place, by, request, {"from": before, "to": role})


def remove(place: Membership, *, by: Membership, request: HttpRequest | None = None) -> None:
    """Remove a member; tokens that they made stop working.

    Raises:
        RoleRefused: `by` is no admin, or the member is the owner.
    """
    with transaction.atomic():
        place, by = _reread(place, by)
        _may_manage(place, by)
        _note("member.removed", place, by, request, {"role": place.role})
        place.delete()


def leave(place: Membership, *, request: HttpRequest | None = None) -> None:
    """Give up one's own membership.

    Raises:
        OwnerNeeded: it is the last owner's.
    """
    with transaction.atomic():
        place, _ = _reread(place, place)
        others = place.workspace.memberships.exclude(pk=place.pk)
        if place.role == Role.OWNER and not others.filter(role=Role.OWNER).exists():
            raise OwnerNeeded("A workspace needs an owner. Hand it over first; nothing was changed.")
        _note("member.left", place, place, request, {"role": place.role})
        place.delete()


def transfer(place: Membership, *, by: Membership, request: HttpRequest | None = None) -> None:
    """Make another member the owner; the previous owner becomes an admin.

    Raises:
        RoleRefused: `by` is not the owner.
    """
    with transaction.atomic():
        place, by = _reread(place, by)
        if by.role != Role.OWNER:
            raise RoleRefused("Only the owner can hand the workspace over. Nothing was changed.")
        if place.pk == by.pk:
            return
        Membership.objects.filter(pk=by.pk).update(role=Role.ADMIN)
        Membership.objects.filter(pk=place.pk).update(role=Role.OWNER)
        _note("workspace.transferred", place, by, request, {"from": str(by.user), "to": str(place.user)})


def _reread(place: Membership, by: Membership) -> tuple[Membership, Membership]:
    """Lock the workspace and reload both memberships; one that was removed meanwhile has no rights."""
    Workspace.objects.select_for_update(no_key=True).get(pk=place.workspace_id)
    now = {
        one.pk: one
        for one in Membership.objects.filter(
            workspace=place.workspace_id, pk__in={place.pk, by.pk}
        ).select_related("workspace", "user")
    }
    try:
        return now[place.pk], now[by.pk]
    except KeyError as gone:
        raise RoleRefused(
            "That person is no longer a member of this workspace. Nothing was changed."
        ) from gone


def _may_manage(place: Membership, by: Membership) -> None:
    if not by.may(Role.ADMIN):
        raise RoleRefused("Only admins can manage members. Nothing was changed.")
    if place.role == Role.OWNER:
        raise RoleRefused("Only the owner can hand over ownership. Nothing was changed.")


def _note(
    action: str, place: Membership, by: Membership, request: HttpRequest | None, detail: dict[str, str]
) -> None:
    audit.record(
        action,
        workspace=place.workspace,
        actor=by.user,
        target=place.user.public_id,
        detail=detail,
        request=request,
    )
