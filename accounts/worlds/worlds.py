"""Test worlds: a workspace's second row, with a wallet and objects of its own, where nothing costs money.

It has the live workspace's members, tier and styles, and none of its own (`Workspace.home_id`).
"""

from django.db import transaction

from accounts.models import ApiToken, Mode, Workspace
from accounts.signals import test_world_made
from accounts.worlds import slugs


def find(workspace: Workspace) -> Workspace | None:
    """Return the test world of a workspace, or None if nobody has needed one yet; a test world is its own."""
    if workspace.is_test:
        return workspace
    world = Workspace.objects.filter(live=workspace).first()
    if world is not None:
        world.live = workspace
    return world


def for_workspace(workspace: Workspace) -> Workspace:
    """Return the test world of a workspace, made now if nobody has needed it before; a test world is its own."""
    return find(workspace) or _make(workspace)


def adopt(token: ApiToken) -> None:
    """Move a test token into its test world that a process of the release before has made in the live workspace."""
    token.workspace = for_workspace(token.workspace)
    ApiToken.objects.filter(pk=token.pk).update(workspace=token.workspace)


def _make(workspace: Workspace) -> Workspace:
    with transaction.atomic():
        # Whoever makes it, too, or suspends or renames the workspace, comes before or after.
        live = Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
        if (made := find(live)) is not None:
            return made
        world = slugs.insert(
            live.name, f"{live.slug}-test", mode=Mode.TEST, live=live, suspended_at=live.suspended_at
        )
        test_world_made.send(Workspace, world=world)
    return world
