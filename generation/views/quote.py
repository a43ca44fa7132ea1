"""What the composer's choices cost, asked for at every change."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from generation.composer import compose
from generation.draft import Draft
from generation.views.keys import posted_key
from generation.views.studio import composer_context


@require_POST
@require_role(Role.MEMBER)
def quote(request: MemberRequest) -> HttpResponse:
    """The controls for the chosen model, and the button with the price; the words stay in the browser."""
    composer = compose(request.workspace, Draft.read(request.POST))
    return render(
        request, "studio/quoted.html", composer_context(composer, request_key=posted_key(request.POST))
    )
