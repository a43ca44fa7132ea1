"""Static files, without holding a thread for all other requests."""

from collections.abc import Awaitable
from inspect import isawaitable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]

from config.observability.request_id import Answer


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise for both protocols.

    WhiteNoise itself is synchronous. Under ASGI a thread then waits in it while everything behind it runs as
    a task of its own, and a client that disconnects before that task has begun cancels the request but not
    the task: it goes on alone, after the request was declared finished, and nobody returns what it takes.
    """

    sync_capable = async_capable = True

    def __init__(self, get_response: Answer) -> None:
        super().__init__(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Serve the file, or call the next handler; under ASGI, return an awaitable."""
        if iscoroutinefunction(self):
            return self._call_async(request)
        response: HttpResponseBase = super().__call__(request)
        return response

    async def _call_async(self, request: HttpRequest) -> Any:
        if not request.path_info.startswith(self.static_prefix):
            return await self.get_response(request)
        response = await sync_to_async(super().__call__)(request)
        # Awaitable if no file has that name: then it is the 404 page's.
        return await response if isawaitable(response) else response
