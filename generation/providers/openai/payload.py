"""Extraction of images from the JSON of an image API without parsing megabytes of text.

A typed client needs 8 to 100 ms and several copies for a megabyte of base64; finding the field in the bytes needs a
tenth of a millisecond. The rest of the document, small once the images are cut out, is parsed as usual.
"""

import json
from typing import Any

import pybase64

_FIELD = b'"b64_json"'


class PayloadError(ValueError):
    """The bytes are not an image API's answer."""


def split(body: bytes | bytearray | memoryview) -> tuple[dict[str, Any], list[bytes]]:
    """Return the document without its images, and the images, decoded.

    Raises:
        PayloadError: not a JSON object, or an image is not base64.
    """
    text = bytes(body) if isinstance(body, memoryview) else body
    view, rest, pictures, position = memoryview(text), bytearray(), [], 0
    try:
        while (found := text.find(_FIELD, position)) >= 0:
            start, end = _value(text, found + len(_FIELD))
            rest += view[position:start]
            if end > start:
                pictures.append(pybase64.b64decode(view[start:end], validate=True))
            position = end
        rest += view[position:]
    except ValueError as error:
        raise PayloadError(f"an image is not base64: {error}") from error
    finally:
        view.release()
    try:
        document = json.loads(rest)
    except ValueError as error:
        raise PayloadError(f"not JSON: {error}") from error
    if not isinstance(document, dict):
        raise PayloadError("not a JSON object")
    return document, pictures


def _value(text: bytes | bytearray, after: int) -> tuple[int, int]:
    """Return where the string after the field's name begins and ends; an empty range if it is null."""
    start = after
    while text[start : start + 1] in (b" ", b":", b"\n", b"\r", b"\t"):
        start += 1
    if text[start : start + 1] != b'"':
        return start, start
    end = text.find(b'"', start + 1)
    if end < 0:
        raise PayloadError("the document ends within an image")
    return start + 1, end
