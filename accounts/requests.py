"""Requests that know their workspace."""

from datetime import tzinfo
from functools import cached_property

from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from accounts.models import Membership, User, Workspace
from core.inputs import time_zones
from core.inputs.valid_text import ValidTextRequest
from core.outputs import log_context

SESSION_KEY = "workspace"


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
    def workspace(self) -> Workspace | None:
        """The workspace of `membership`."""
        if self.membership is None:
            return None
        log_context.bind(workspace=self.membership.workspace_id)
        return self.membership.workspace

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
        for name in ("memberships", "membership", "workspace"):
            self.__dict__.pop(name, None)


class MemberRequest(WorkspaceRequest):
    """The request of a view behind `require_role`: a signed-in user in a workspace. For annotations."""

    user: User
    membership: Membership
    workspace: Workspace
    htmx: HtmxDetails
