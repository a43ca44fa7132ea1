"""Public keys with which a provider signs its webhooks (RFC 7517; Ed25519 by RFC 8037), fetched rarely."""

import binascii
from base64 import urlsafe_b64decode
from typing import Any

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.cache import cache

from core.database.connections import release_connection
from core.tls import ssl_context

LASTS = 24 * 60 * 60
"""Seconds for which fal allows its keys to be cached."""
ANEW = 300
"""Seconds until a signature that matches no key may cause another fetch: forgers must not make us ask."""
SECONDS = 3.0
MOST_BYTES = 64 * 1024
MOST_KEYS = 10


class NoKeysError(Exception):
    """The keys are not available now."""


def is_signed(address: str, signature: bytes, message: bytes) -> bool:
    """Return whether one of the keys at `address` has signed the message.

    Raises:
        NoKeysError: it can't be said, since the keys are not available.
    """
    name = f"jwks:{address}"
    keys: list[bytes] | None = cache.get(name)
    if keys is not None and _fits(keys, signature, message):
        return True
    if not cache.add(f"{name}:asked", True, ANEW):
        if keys is None:
            raise NoKeysError("The keys were asked for a moment ago, in vain.")
        return False
    release_connection()
    keys = _fetch(address)
    cache.set(name, keys, LASTS)
    return _fits(keys, signature, message)


def _fits(keys: list[bytes], signature: bytes, message: bytes) -> bool:
    return any(_is_by(key, signature, message) for key in keys)


def _is_by(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _fetch(address: str) -> list[bytes]:
    try:
        with httpx.stream("GET", address, timeout=SECONDS, verify=ssl_context()) as answer:
            answer.raise_for_status()
            body = b""
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise NoKeysError(f"More than {MOST_BYTES:,} bytes of keys.")
        document = httpx.Response(200, content=body).json()
        keys = [_raw(key) for key in document["keys"][:MOST_KEYS] if key.get("crv") == "Ed25519"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoKeysError(f"{type(error).__name__}: {error}") from error
    if not keys:
        raise NoKeysError("There is no Ed25519 key among them.")
    return keys


def _raw(key: dict[str, Any]) -> bytes:
    text = str(key["x"])
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise NoKeysError("A key that is not base64.") from error
