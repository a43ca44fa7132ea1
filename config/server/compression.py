"""Compression of pages and of what programs read."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXTS = (
    "text/html",
    "text/plain",
    "text/csv",
    "application/json",
    "application/problem+json",
    "application/vnd.oai.openapi",
)


class CompressionMiddleware(GZipMiddleware):
    """Compress what is text and whole: an image is small already, and an event of a stream must not wait for the next.

    Django's own adds a random length to each answer, so that its size tells nothing of a secret in it (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress the response if it is worth it and the client accepts that."""
        if response.streaming or not response.get("Content-Type", "").startswith(TEXTS):
            return response
        return super().process_response(request, response)
