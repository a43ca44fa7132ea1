"""The certificates that our HTTP clients trust."""

import functools
import ssl

import httpx2


@functools.cache
def ssl_context() -> ssl.SSLContext:
    """Return what the system or SSL_CERT_FILE trusts; cached, since reading it takes 50 ms and memory."""
    return httpx2.create_ssl_context()
