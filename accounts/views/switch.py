"""Switching to another workspace, and to its test world and back."""

from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.access import require_role
from accounts.models import Mode, Role
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


@takes_forms
@require_role(Role.VIEWER)
def switch_world(request: MemberRequest) -> HttpResponse:
    """Enter the workspace's test world, or leave it where anything else is posted."""
    if request.POST.get("world") == Mode.TEST:
        request.enter_test_world()
    else:
        request.leave_test_world()
    return redirect("studio")
