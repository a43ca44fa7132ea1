"""Requests that know their workspace."""

from datetime import tzinfo
from functools import cached_property

from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from accounts.models import Membership, User, Workspace
from accounts.worlds import worlds
from core.inputs import time_zones
from core.inputs.valid_text import ValidTextRequest
from core.outputs import log_context

SESSION_KEY = "workspace"
TEST_WORLD_KEY = "test_world"
"""In a session: id of the workspace in whose test world its pages act."""


class WorkspaceRequest(ValidTextRequest):
    """A request behind `WorkspaceMiddleware`; nothing is read before it is used.

    In an async view read these in a thread, or put `accounts.access.require_role` on the view, which does.
    """

    @cached_property
    def memberships(self) -> list[Membership]:
        """The signed-in user's memberships, oldest first, each with its workspace; empty for strangers."""
        if not self.user.is_authenticated:
            return []
        return list(
            Membership.objects.filter(user=self.user).select_related("workspace").order_by("created_at", "id")
        )

    @cached_property
    def membership(self) -> Membership | None:
        """The membership in the workspace that this session chose, else that any chose last, else the oldest.

        None without any.
        """
        chosen = self.session.get(SESSION_KEY)
        for one in self.memberships:
            if str(one.workspace_id) == chosen:
                return one
        entered = [one for one in self.memberships if one.entered_at]
        last = max(entered, key=lambda one: one.entered_at or one.created_at, default=None)
        return last or (self.memberships[0] if self.memberships else None)

    @cached_property
    def live_workspace(self) -> Workspace | None:
        """The workspace of `membership`, in whichever world the pages act: it has the members and the settings."""
        return self.membership.workspace if self.membership else None

    @cached_property
    def workspace(self) -> Workspace | None:
        """Where the pages act: `live_workspace`, or its test world once the session has switched to it."""
        live = self.live_workspace
        if live is None:
            return None
        is_test = self.session.get(TEST_WORLD_KEY) == str(live.pk)
        here = (worlds.find(live) if is_test else None) or live
        log_context.bind(workspace=here.pk)
        return here

    @cached_property
    def time_zone(self) -> tzinfo:
        """The reader's time zone, by which their days begin; UTC until their browser has said it."""
        return time_zones.find(self.COOKIES.get(time_zones.COOKIE, ""))

    def enter(self, workspace: Workspace) -> None:
        """Work in `workspace` from now on, also after signing in again.

        One that the person does not belong to is ignored when read.
        """
        Membership.objects.filter(user=self.user.pk, workspace=workspace).update(entered_at=timezone.now())
        self.session[SESSION_KEY] = str(workspace.pk)
        self.session.pop(TEST_WORLD_KEY, None)
        for name in ("memberships", "membership", "live_workspace", "workspace"):
            self.__dict__.pop(name, None)

    def enter_test_world(self) -> None:
        """Act in the test world of the workspace from now on, until it is left or another workspace is entered."""
        if self.live_workspace is not None:
            worlds.for_workspace(self.live_workspace)
            self.session[TEST_WORLD_KEY] = str(self.live_workspace.pk)
            self.__dict__.pop("workspace", None)

    def leave_test_world(self) -> None:
        """Act in the live workspace again."""
        self.session.pop(TEST_WORLD_KEY, None)
        self.__dict__.pop("workspace", None)


class MemberRequest(WorkspaceRequest):
    """The request of a view behind `require_role`: a signed-in user in a workspace. For annotations."""

    user: User
    membership: Membership
    live_workspace: Workspace
    workspace: Workspace
    htmx: HtmxDetails
