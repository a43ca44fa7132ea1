"""The event stream of a workspace."""

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from generation.events import sse, stream_limits


@require_safe
@require_role(Role.VIEWER)
async def events(request: MemberRequest) -> HttpResponseBase:
    """Stream the workspace's events from `Last-Event-ID` (or `after` in the query) on, else from now on.

    Answers 204 if too many streams are open, which tells an EventSource to stop (HTML standard, section 9.2).
    """
    if not isinstance(request, ASGIRequest):
        return HttpResponse(
            "Events are served by the live process only.", status=503, content_type="text/plain"
        )
    if request.method == "HEAD":
        return sse.without_events()
    workspace, person = request.workspace.pk, request.user.pk
    if stream_limits.is_full(workspace, person):
        return HttpResponse(status=204)
    after = sse.resume_from(request.headers.get("Last-Event-ID") or request.GET.get("after"))
    return sse.response(workspace, person=person, after=after)
