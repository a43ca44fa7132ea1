"""The choice whether replacements answer for retired models."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from core.form_targets import takes_forms
from generation.catalog import preferences


@takes_forms
@require_role(Role.ADMIN)
def replacements(request: MemberRequest) -> HttpResponse:
    """Let replacements of retired models answer (if `use` is sent), or not."""
    use = "use" in request.POST
    preferences.use_replacements(request.live_workspace, use, by=request.user, request=request)
    said = (
        "From now on, replacements are used for retired models, at their own price."
        if use
        else "From now on, orders that name a retired model are refused at no charge."
    )
    messages.success(request, said)
    return redirect(f"{reverse('workspace')}#models")
