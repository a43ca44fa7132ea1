"""Switching to another workspace."""

from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from core.form_targets import takes_forms


@takes_forms
@require_role(Role.VIEWER)
def switch_workspace(request: MemberRequest) -> HttpResponse:
    """Enter the workspace whose slug is posted; one that is not theirs changes nothing."""
    for one in request.memberships:
        if one.workspace.slug == request.POST.get("workspace"):
            request.enter(one.workspace)
    return redirect("studio")
