"""The price of the composer's choices, updated at every change."""

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import render
from django_htmx.http import reswap, retarget

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from core.form_targets import takes_forms
from generation.studio.draft import Draft
from generation.views.studio.page import composer_context
from generation.views.studio.remembered import remember
from generation.views.studio.spending import posted_key


@takes_forms
@require_role(Role.MEMBER)
def quote(request: MemberRequest) -> HttpResponse:
    """Show the controls for the chosen model, and the button with the price; the words stay in the browser."""
    context = composer_context(
        request.workspace, Draft.read(request.POST), request_key=posted_key(request.POST)
    )
    if context["composer"]:
        response = render(request, "studio/composer/quoted.html", context)
        return remember(response, request, context["composer"].draft)
    response = render(
        request, "studio/composer/generate.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY
    )
    return reswap(retarget(response, "#generate"), "outerHTML")
