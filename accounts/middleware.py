"""The middleware that adds the current workspace to requests."""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse

from accounts.requests import WorkspaceRequest


class WorkspaceWSGIRequest(WorkspaceRequest, WSGIRequest):
    """A WSGI request with its workspace."""


class WorkspaceASGIRequest(WorkspaceRequest, ASGIRequest):
    """An ASGI request with its workspace."""


class WorkspaceMiddleware:
    """Gives a request `workspace`, `live_workspace`, `membership` and `memberships`, read from the database when first used.

    The request's class is replaced, because a lazy proxy (what Django makes of `request.user`) is never None,
    and "no workspace" has to be None. See `accounts.requests.WorkspaceRequest`.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer the request; under ASGI, return an awaitable."""
        if isinstance(request, ASGIRequest):
            request.__class__ = WorkspaceASGIRequest
        elif isinstance(request, WSGIRequest):
            request.__class__ = WorkspaceWSGIRequest
        return self.get_response(request)
