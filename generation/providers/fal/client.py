"""fal's official client over our own transport.

The official client makes the calls, but calls must go only to fal's own hosts, and the client repeats a failed
submission by itself up to ten times, each of which fal would run and charge.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx
from fal_client import AsyncClient

from core.database.event_loops import per_loop
from core.tls import ssl_context
from generation.models.attempt import Blame
from generation.providers.contract import ProviderFailure
from generation.providers.fal import failures
from generation.providers.traced_clients import TracedClient

HOST = "queue.fal.run"
CONNECT_SECONDS = 5.0
FILES_LAST = 86_400
"""Seconds for which fal keeps the files of a request, which anybody with their address can read: long enough to fetch
them after a crash or with a store that was away."""
HEADERS: Mapping[str, str] = {
    "X-Fal-Object-Lifecycle-Preference": f'{{"expiration_duration_seconds": {FILES_LAST}}}',
    # The model that was ordered makes the image, or none does. fal's pages know two names for this.
    "X-App-Fal-Disable-Fallback": "true",
    "X-Fal-Disable-Fallbacks": "true",
}
"""Sent with each submission."""


class SubmissionError(Exception):
    """A submission that got no request id; not one of httpx's errors, so that the official client lets it through."""

    def __init__(self, failure: ProviderFailure) -> None:
        super().__init__(failure.error)
        self.failure = failure


class Transport(httpx.AsyncHTTPTransport):
    """Redirects the queue's host to the address in the provider's row, and sends each submission once."""

    def __init__(self, base_url: str) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
        super().__init__(limits=limits, verify=ssl_context())
        self._base = httpx.URL(base_url)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raise `SubmissionError` at once if a submission fails."""
        if request.url.host == HOST and self._base.host != HOST:
            path = self._base.raw_path.rstrip(b"/") + request.url.raw_path
            request.url = self._base.copy_with(raw_path=path)
            request.headers["host"] = self._base.netloc.decode()
        if request.method != "POST":
            return await super().handle_async_request(request)
        try:
            response = await super().handle_async_request(request)
            # Read it here: the client repeats whatever fails later.
            await response.aread()
        except httpx.HTTPError as error:
            raise SubmissionError(failures.lost(error)) from error
        if failures.is_of_a_proxy(response):
            raise SubmissionError(failures.lost(ValueError(f"{response.status_code} {response.text[:200]}")))
        if response.is_error:
            failure = failures.refused(response.status_code, failures.detail_of(response), response.headers)
            # There is no such application, or it is not open to us.
            if response.status_code == httpx.codes.NOT_FOUND:
                failure.blame = Blame.ACCESS
            raise SubmissionError(failure)
        return response


class Client(AsyncClient):
    """The official client over our transport."""

    def __init__(self, base_url: str, key: str) -> None:
        super().__init__(key=key)
        timeout = httpx.Timeout(60.0, connect=CONNECT_SECONDS)
        headers = {"Authorization": f"Key {key}"}
        self.wire = TracedClient(transport=Transport(base_url), headers=headers, timeout=timeout)
        self.files = TracedClient(timeout=timeout, verify=ssl_context())
        self.host = urlsplit(base_url).hostname or ""

    @property
    async def _client(self) -> httpx.AsyncClient:
        return self.wire


@per_loop
def client_at(base_url: str, key: str) -> Client:
    """Return the client of this loop, address and key; it keeps its connections."""
    return Client(base_url, key)
