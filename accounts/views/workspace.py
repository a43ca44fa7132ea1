"""The workspace: its name, its members, and new workspaces."""

from django.contrib import messages
from django.db.models import Max, QuerySet
from django.db.models.functions import Greatest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.auth import reauthentication
from accounts.forms import InviteForm, NameForm
from accounts.models import Membership, Role, Workspace
from accounts.requests import MemberRequest
from accounts.views.responses import redirect_refusals_to
from accounts.workspaces import memberships, workspaces
from core.errors import Refusal
from core.form_targets import takes_forms

GIVEN = [Role.ADMIN, Role.MEMBER, Role.VIEWER]


@require_safe
@require_role(Role.VIEWER)
def workspace(request: MemberRequest) -> HttpResponse:
    """Show members, and to admins the invitations and the name."""
    manages = request.membership.may(Role.ADMIN)
    return render(
        request,
        "workspace/page.html",
        {
            "people": _people(request.live_workspace),
            "invitations": request.live_workspace.invitations.filter(accepted_at=None).select_related(
                "invited_by"
            )
            if manages
            else [],
            "manages": manages,
            "owns": request.membership.role == Role.OWNER,
            "roles": GIVEN,
            "invite_form": InviteForm(),
            "name_form": NameForm(initial={"name": request.live_workspace.name}),
            "now": timezone.now(),
        },
    )


@takes_forms
@require_role(Role.ADMIN)
@redirect_refusals_to("workspace")
def rename(request: MemberRequest) -> HttpResponse:
    """Rename the workspace."""
    workspaces.rename(
        request.live_workspace, request.POST.get("name", "")[:200], by=request.user, request=request
    )
    messages.success(request, "The name was changed.")
    return redirect("workspace")


@takes_forms
@require_role(Role.VIEWER)
def new(request: MemberRequest) -> HttpResponse:
    """Create one more workspace of one's own, with its own credits, images and members."""
    try:
        made = workspaces.create(request.user, request.POST.get("name", "")[:200], request=request)
    except Refusal as refusal:
        messages.error(request, refusal.detail)
    else:
        request.enter(made)
        messages.success(request, f"You are now in {made.name}.")
    return redirect("workspace")


@takes_forms
@require_role(Role.VIEWER)
@reauthentication.required
@redirect_refusals_to("workspace")
def leave(request: MemberRequest) -> HttpResponse:
    """Leave the workspace."""
    memberships.leave(request.membership, request=request)
    messages.success(request, f"You have left {request.live_workspace.name}.")
    return redirect("studio")


def _people(workspace: Workspace) -> QuerySet[Membership]:
    """List members by when they joined, each with when one of their sessions was last active."""
    return (
        workspace.memberships.select_related("user")
        .annotate(seen=Greatest(Max("user__usersession__last_seen_at"), "user__last_login"))
        .order_by("created_at", "id")
    )
