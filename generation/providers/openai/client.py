"""The official OpenAI client, configured for all its callers in this app."""

import httpx2
from openai import AsyncOpenAI

from core.database.event_loops import per_loop
from core.tls import ssl_context
from generation.providers.traced_clients import TracedClient2


@per_loop
def client(base_url: str, key: str) -> AsyncOpenAI:
    """Return the client of this loop, address and key: it keeps connections, without retries or redirects."""
    wire = TracedClient2(
        # The pool probes every idle connection at each request: a hundred of them cost more than a call.
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=10, keepalive_expiry=30),
        follow_redirects=False,
        verify=ssl_context(),
    )
    ours = AsyncOpenAI(api_key=key, base_url=base_url, max_retries=0, http_client=wire)
    # A key says what it belongs to. Left out at first, they are read from the environment; empty, they are sent.
    ours.organization = ours.project = None
    return ours
