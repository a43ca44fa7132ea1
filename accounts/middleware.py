"""Which workspace a browser works in."""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse

from accounts.requests import WorkspaceRequest


class WorkspaceWSGIRequest(WorkspaceRequest, WSGIRequest):
    """What the web server hands over, and whose it is."""


class WorkspaceASGIRequest(WorkspaceRequest, ASGIRequest):
    """The same under ASGI."""


class WorkspaceMiddleware:
    """Gives a request `workspace`, `membership` and `memberships`, read from the database when first asked for.

    The request's class is exchanged, because a lazy proxy (what Django makes of `request.user`) is never None,
    and "no workspace" has to be None. See `accounts.requests.WorkspaceRequest`.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer the request; under ASGI, hand on what is to be awaited."""
        if isinstance(request, ASGIRequest):
            request.__class__ = WorkspaceASGIRequest
        elif isinstance(request, WSGIRequest):
            request.__class__ = WorkspaceWSGIRequest
        return self.get_response(request)
