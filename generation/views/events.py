"""What happens in the workspace, while it happens."""

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from accounts.access import require_role
from accounts.models import Role, Workspace
from accounts.requests import MemberRequest
from generation import stream


@require_GET
@require_role(Role.VIEWER)
async def events(request: MemberRequest) -> HttpResponseBase:
    """Server-sent events of the workspace, from `Last-Event-ID` (or `after` in the query) on, else from now on."""
    if not isinstance(request, ASGIRequest):
        return HttpResponse("Events come from the live process only.", status=503, content_type="text/plain")
    workspace = await sync_to_async(_workspace)(request)
    after = stream.resume_from(request.headers.get("Last-Event-ID") or request.GET.get("after"))
    return stream.response(workspace.pk, after=after)


def _workspace(request: MemberRequest) -> Workspace:
    """Whose events; the connection is given back, since a stream must not hold one."""
    workspace = request.workspace
    if not connection.in_atomic_block:
        connection.close()
    return workspace
