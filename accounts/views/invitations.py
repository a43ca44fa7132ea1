"""Invitations: sent by admins, opened by the people invited."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import public, require_login, require_role
from accounts.auth import reauthentication
from accounts.forms import InviteForm
from accounts.models import Invitation, Role
from accounts.requests import MemberRequest, WorkspaceRequest
from accounts.views.responses import parse_id, redirect_refusals_to
from accounts.workspaces import invitations
from core.errors import Refusal
from core.form_targets import takes_forms

SESSION_KEY = "invitation"
PAGE = "workspace/invitation.html"


@takes_forms
@require_role(Role.ADMIN)
@reauthentication.required
@redirect_refusals_to("workspace")
def invite(request: MemberRequest) -> HttpResponse:
    """Send an invitation."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nobody was invited: that is not an email address.")
        return redirect("workspace")
    email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
    invitations.invite(request.live_workspace, email, role, by=request.membership, request=request)
    messages.success(request, f"The invitation is on its way to {email}.")
    return redirect("workspace")


@takes_forms
@require_role(Role.ADMIN)
@reauthentication.required
@redirect_refusals_to("workspace")
def send_again(request: MemberRequest, invitation: str) -> HttpResponse:
    """Mail a new link to the same person."""
    found = _open(request, invitation)
    invitations.send_again(found, by=request.membership, request=request)
    messages.success(request, f"A new link is on its way to {found.email}; the old one no longer works.")
    return redirect("workspace")


@takes_forms
@require_role(Role.ADMIN)
def withdraw(request: MemberRequest, invitation: str) -> HttpResponse:
    """Withdraw an invitation."""
    found = _open(request, invitation)
    invitations.withdraw(found, by=request.membership, request=request)
    messages.success(request, f"The invitation to {found.email} was withdrawn.")
    return redirect("workspace")


@public
@never_cache
@require_safe
def link(request: WorkspaceRequest, secret: str) -> HttpResponse:
    """Keep the mailed link's secret in the session and move on to an address without it.

    Only a secret that opens something is kept: whatever else strangers send leaves nothing behind.
    """
    if invitations.find(secret) is None:
        return render(request, PAGE, {"invitation": None}, status=404)
    request.session[SESSION_KEY] = secret
    return redirect("invitation")


@public
@never_cache
@require_safe
def invitation(request: WorkspaceRequest) -> HttpResponse:
    """Show the invitation; an anonymous visitor signs in or up first and comes back."""
    found = invitations.find(request.session.get(SESSION_KEY, ""))
    theirs = found is not None and request.user.is_authenticated and invitations.is_for(found, request.user)
    status = 200 if found else 404
    return render(request, PAGE, {"invitation": found, "theirs": theirs}, status=status)


@takes_forms
@require_login
def accept(request: WorkspaceRequest) -> HttpResponse:
    """Join the workspace and open it."""
    found = invitations.find(request.session.get(SESSION_KEY, ""))
    if found is None:
        raise Http404
    assert request.user.is_authenticated
    try:
        place = invitations.accept(found, request.user, request=request)
    except Refusal as refusal:
        messages.error(request, refusal.detail)
        return redirect("invitation")
    request.session.pop(SESSION_KEY)
    request.enter(place.workspace)
    messages.success(request, f"Welcome to {place.workspace.name}.")
    return redirect("studio")


def _open(request: MemberRequest, public_id: str) -> Invitation:
    return get_object_or_404(
        request.live_workspace.invitations.filter(accepted_at=None), pk=parse_id("inv", public_id)
    )
