"""Pages of a session, which no cache may keep: not the browser's on a shared machine, nor a proxy's."""

from collections.abc import Awaitable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from config.observability.request_id import Answer

NO_STORE = "no-store"


class PrivatePagesMiddleware:
    """Answers `Cache-Control: no-store` to a browser with a session, where the view says nothing else.

    It stands outside of the session's own middleware, so that error pages and redirects are private, too.
    """

    sync_capable = async_capable = True

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer the request; under ASGI, return an awaitable."""
        if self.is_async:
            return self._later(request)
        response = self.get_response(request)
        assert isinstance(response, HttpResponseBase)
        return _without_caches(request, response)

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        assert not isinstance(answer, HttpResponseBase)
        return _without_caches(request, await answer)


def _without_caches(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    session = getattr(request, "session", None)
    if settings.SESSION_COOKIE_NAME in request.COOKIES or (session is not None and session.session_key):
        response.headers.setdefault("Cache-Control", NO_STORE)
    return response
