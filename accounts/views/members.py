"""Management of members by admins."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django_htmx.http import trigger_client_event

from accounts.access import require_role
from accounts.auth import reauthentication
from accounts.models import Membership, Role
from accounts.requests import MemberRequest
from accounts.views.responses import parse_id, redirect_refusals_to
from accounts.workspaces import memberships
from core.form_targets import takes_forms


@takes_forms
@require_role(Role.ADMIN)
@reauthentication.required
@redirect_refusals_to("workspace")
def change_role(request: MemberRequest, member: str) -> HttpResponse:
    """Change a member's role, chosen in the list."""
    place = _member(request, member)
    try:
        role = Role(request.POST.get("role", ""))
    except ValueError as unknown:
        raise Http404 from unknown
    memberships.change_role(place, role, by=request.membership, request=request)
    words = f"{place.user.display_name} is now {role.noun}."
    if request.headers.get("HX-Request") == "true":
        return trigger_client_event(HttpResponse(status=204), "toast", {"text": words})
    messages.success(request, words)
    return redirect("workspace")


@takes_forms
@require_role(Role.ADMIN)
@reauthentication.required
@redirect_refusals_to("workspace")
def remove(request: MemberRequest, member: str) -> HttpResponse:
    """Remove a member from the workspace."""
    place = _member(request, member)
    memberships.remove(place, by=request.membership, request=request)
    messages.success(request, f"{place.user.display_name} was removed. Tokens they made no longer work.")
    return redirect("workspace")


@takes_forms
@require_role(Role.OWNER)
@reauthentication.required
@redirect_refusals_to("workspace")
def transfer(request: MemberRequest, member: str) -> HttpResponse:
    """Transfer the workspace to another owner."""
    place = _member(request, member)
    memberships.transfer(place, by=request.membership, request=request)
    messages.success(request, f"{place.user.display_name} is now the owner, and you are an admin.")
    return redirect("workspace")


def _member(request: MemberRequest, member: str) -> Membership:
    return get_object_or_404(
        request.live_workspace.memberships.select_related("user"), pk=parse_id("mem", member)
    )
