"""Secrets that must be read again, such as those that sign webhooks: encrypted at rest.

Fernet (https://github.com/fernet/spec): AES-128-CBC with HMAC-SHA256, by the `cryptography` package. The first of
`ENCRYPTION_KEYS` encrypts, all of them decrypt, so a key is replaced by putting a new one before it.
"""

import base64
import functools
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

PURPOSE = b"createio.secrets:"


class NotDecryptableError(Exception):
    """None of the keys is the one that this was encrypted with."""


def encrypt(text: str) -> bytes:
    """Encrypt a secret with the first key."""
    return _keys(settings.ENCRYPTION_KEYS).encrypt(text.encode())


def decrypt(stored: bytes | memoryview) -> str:
    """Decrypt a secret with whichever key it was encrypted with.

    Raises:
        NotDecryptableError: none of them.
    """
    try:
        return _keys(settings.ENCRYPTION_KEYS).decrypt(bytes(stored)).decode()
    except InvalidToken as error:
        raise NotDecryptableError from error


def renew(stored: bytes | memoryview) -> bytes:
    """Encrypt a secret anew, with the first key.

    Raises:
        NotDecryptableError: no key decrypts it.
    """
    try:
        return _keys(settings.ENCRYPTION_KEYS).rotate(bytes(stored))
    except InvalidToken as error:
        raise NotDecryptableError from error


@functools.cache
def _keys(texts: tuple[str, ...]) -> MultiFernet:
    """Make keys of texts of any form: 32 bytes of each one's sha256."""
    return MultiFernet(
        Fernet(base64.urlsafe_b64encode(hashlib.sha256(PURPOSE + text.encode()).digest())) for text in texts
    )
