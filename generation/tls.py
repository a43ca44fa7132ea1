"""Whom our HTTP clients trust."""

import functools
import ssl

import httpx2


@functools.cache
def trusted() -> ssl.SSLContext:
    """What the system trusts, or SSL_CERT_FILE says; read once, since each reading takes 50 ms and stays in memory."""
    return httpx2.create_ssl_context()
