"""A member's earlier prompts, recalled with Alt and the arrow keys."""

from django.http import JsonResponse
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest

REMEMBERED = 100


@require_safe
@require_role(Role.MEMBER)
def prompts(request: MemberRequest) -> JsonResponse:
    """Return the member's last prompts, newest first, each once: `{"prompts": [...]}`."""
    last = request.workspace.generations.filter(created_by=request.user).order_by("-pk")
    words = last.values_list("prompt", flat=True)[:REMEMBERED]
    return JsonResponse({"prompts": list(dict.fromkeys(words))})
