"""The way from BASE_URL to a process: what it makes of a request, seen by the process itself."""

import secrets
from typing import Any, Final

import httpx
from django.conf import settings
from django.core import signing

from config.doctor.findings import Finding, fault, ok, words_of
from config.observability.health import SEEN, SEEN_SALT
from core.tls import ssl_context

FORGED: Final = "203.0.113.77"
"""An address of nobody (RFC 5737), which a client claims to have."""
SECONDS: Final = 5.0


def headers() -> Finding:
    """Ask /healthz by BASE_URL, with a forged address, how the request arrived."""
    url = f"{settings.BASE_URL}/healthz"
    claim = signing.dumps(secrets.token_hex(8), salt=SEEN_SALT)
    told = {SEEN: claim, "X-Forwarded-For": FORGED, "X-Forwarded-Proto": "http"}
    try:
        with httpx.Client(timeout=SECONDS, trust_env=False, verify=ssl_context()) as client:
            answer = client.get(url, headers=told)
    except httpx.HTTPError as error:
        said = words_of(error)
        if "certificate" in said.lower():
            return fault(
                f"The certificate of {settings.BASE_URL} does not hold: {said}.",
                "Renew it, or correct BASE_URL; an authority of your own is named by SSL_CERT_FILE.",
            )
        return fault(
            f"Nothing answers at {settings.BASE_URL}: {type(error).__name__}.",
            "Start web and the proxy in front, or correct BASE_URL and the host's name.",
        )
    seen = _seen(answer)
    if seen is None:
        return fault(
            f"{settings.BASE_URL}/healthz answers {answer.status_code}, and not from a process with this SECRET_KEY.",
            "Let the proxy lead to web, give all processes the same SECRET_KEY, and name the host in ALLOWED_HOSTS.",
        )
    if seen["address"] == FORGED:
        return fault(
            "The proxy passes X-Forwarded-For of clients on: anybody may have any address, and limits count nothing.",
            "Let it overwrite the header (nginx: proxy_set_header X-Forwarded-For $remote_addr;).",
        )
    if settings.SECURE and not seen["secure"]:
        return fault(
            "Processes take https for http: X-Forwarded-Proto is missing, or comes from a proxy that TRUSTED_PROXIES does not name.",
            f"Let the proxy set it, and name the proxy: the request came from {seen['address']}.",
        )
    return ok(
        f"{settings.BASE_URL} leads to a process, which sees {seen['address']} and {'https' if seen['secure'] else 'http'}."
    )


def _seen(answer: httpx.Response) -> dict[str, Any] | None:
    try:
        read: Any = answer.json()
    except ValueError:
        return None
    return (
        read
        if answer.is_success and isinstance(read, dict) and {"address", "secure"} <= read.keys()
        else None
    )
