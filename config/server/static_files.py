"""Static files, without holding a thread for all other requests."""

import os
import re
from collections.abc import AsyncIterator, Awaitable
from inspect import isawaitable
from pathlib import Path
from typing import Any, Final

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]

from config.observability.request_id import Answer

HASHED: Final = re.compile(r"\.[0-9a-f]{12}\.[^/]+$")
"""A name that carries a hash of the content, as Django makes it."""


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise for both protocols.

    WhiteNoise itself is synchronous. Under ASGI a thread then waits in it while everything behind it runs as
    a task of its own, and a client that disconnects before that task has begun cancels the request but not
    the task: it goes on alone, after the request was declared finished, and nobody returns what it takes.

    WhiteNoise itself knows the files that are there when a process starts. During a deployment a page of the new code
    refers to files that were collected later, and the next request may reach this process.
    """

    sync_capable = async_capable = True

    def __init__(self, get_response: Answer) -> None:
        super().__init__(get_response)
        # Only its mode for development keeps them, for which it looks again at each request.
        self.directories.insert(0, (f"{Path(self.static_root).absolute()}{os.sep}", self.static_prefix))
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Serve the file, or call the next handler; under ASGI, return an awaitable."""
        if iscoroutinefunction(self):
            return self._call_async(request)
        response: HttpResponseBase = self._serve(request)
        return response

    def immutable_file_test(self, path: str, url: str) -> bool:
        """Return whether the file never changes, whichever release it belongs to."""
        return url.startswith(self.static_prefix) and bool(HASHED.search(url))

    def _look_for(self, url: str) -> None:
        """Learn of a file that was collected after this process started, and forget one that is gone."""
        if self.autorefresh or not url.startswith(self.static_prefix):
            return
        known = self.files.get(url)
        if known is None and (found := self.find_file(url)):
            self.files[url] = found
        elif known is not None and not Path(known.alternatives[0][1]).exists():
            del self.files[url]

    def _serve(self, request: HttpRequest) -> Any:
        self._look_for(request.path_info)
        return super().__call__(request)

    async def _call_async(self, request: HttpRequest) -> Any:
        if not request.path_info.startswith(self.static_prefix):
            return await self.get_response(request)
        response, body = await sync_to_async(self._read)(request)
        # Awaitable if no file has that name: then it is the 404 page's.
        if isawaitable(response):
            return await response
        if body is not None:
            response.streaming_content = _whole(body)
        return response

    def _read(self, request: HttpRequest) -> tuple[Any, bytes | None]:
        """Serve the file and read it here, in a thread: Django would do so later, with a warning for each process."""
        response = self._serve(request)
        if isawaitable(response) or not response.streaming:
            return response, None
        return response, b"".join(response.streaming_content)


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    yield body
