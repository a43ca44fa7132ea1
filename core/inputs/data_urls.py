"""`data:` URLs (RFC 2397), read as leniently as browsers do (WHATWG Fetch, "data: URL processor")."""

import base64
import binascii
import re
from typing import Final
from urllib.parse import unquote_to_bytes

_SCHEME: Final = re.compile(r"\s*data:", re.IGNORECASE | re.ASCII)
_IS_BASE64: Final = re.compile(r";\s*base64\s*\Z", re.IGNORECASE | re.ASCII)
_SPACE: Final = b" \t\n\r\f"
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")


def is_one(url: str) -> bool:
    """Return whether it is a `data:` URL, well formed or not."""
    return bool(_SCHEME.match(url))


def read(url: str) -> bytes:
    """Return the bytes in a `data:` URL.

    Base64 may come in lines, percent-encoded, in its URL-safe alphabet, and without its padding.

    Raises:
        ValueError: there is no comma, or what follows is not base64; the message is a sentence.
    """
    kind, comma, text = url.partition(":")[2].partition(",")
    if not comma:
        raise ValueError("it has no comma before its data.")
    data = unquote_to_bytes(text.strip())
    if not _IS_BASE64.search(unquote_to_bytes(kind).decode("utf-8", "replace")):
        return data
    bare = data.translate(_URL_SAFE, _SPACE).rstrip(b"=")
    try:
        return base64.b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        raise ValueError("what follows the comma is not base64.") from None
