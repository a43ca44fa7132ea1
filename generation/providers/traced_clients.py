"""HTTP clients that measure their calls, as part of what they are made for, and say of them method, host and status.

Addresses stay out: who knows that of a provider's file can read it.
"""

from typing import Any

import httpx
import httpx2

from core.outputs import tracing


class TracedClient(httpx.AsyncClient):
    """A client of httpx's."""

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request."""
        with tracing.http_call(request.method, request.url.host) as span:
            response = await super().send(request, **options)
            tracing.end_call(span, response.status_code)
            return response


class TracedClient2(httpx2.AsyncClient):
    """A client of httpx2's, which OpenAI's own client is built on."""

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request."""
        with tracing.http_call(request.method, request.url.host) as span:
            response = await super().send(request, **options)
            tracing.end_call(span, response.status_code)
            return response
