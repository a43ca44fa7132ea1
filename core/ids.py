"""Ids: UUIDv7 in the database, TypeIDs such as `gen_01jd…` in public.

TypeID 0.3.0 (https://github.com/jetify-com/typeid/tree/main/spec): a prefix that names the kind, an underscore, and
the 128 bits of a UUID in 26 characters of Crockford's base 32, lower case, highest bits first. Ids sort as their UUIDs
do, and any TypeID library can read or write them.
"""

import datetime as dt
import uuid

import uuid_utils.compat

# Crockford's base 32, lower case.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26
NOBODY = uuid.UUID(int=0)
"""An id that nothing has: it replaces one that can't be read, which is then not found."""
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}


def new() -> uuid.UUID:
    """Make a UUIDv7 (RFC 9562), which sorts by creation time."""
    return uuid_utils.compat.uuid7()


def first(moment: dt.datetime) -> uuid.UUID:
    """Return the smallest UUIDv7 of a moment: ids sort by time, so their index serves ranges of time."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def public(prefix: str, value: uuid.UUID) -> str:
    """Write `value` as a TypeID.

    Args:
        prefix: the kind; lower-case letters, as the standard has it.
        value: the UUID.
    """
    number, letters = value.int, []
    for _ in range(LENGTH):
        number, digit = divmod(number, 32)
        letters.append(ALPHABET[digit])
    return f"{prefix}_{''.join(reversed(letters))}"


def parse(prefix: str, text: str) -> uuid.UUID | None:
    """Read a TypeID.

    Args:
        prefix: the expected kind.
        text: what a client sent.

    Returns:
        The UUID; None if `text` is no TypeID of this kind, which callers treat as not found.
    """
    head, _, letters = text.rpartition("_")
    if head != prefix or len(letters) != LENGTH or letters[0] > "7":
        return None
    number = 0
    for letter in letters:
        digit = _VALUES.get(letter)
        if digit is None:
            return None
        number = number * 32 + digit
    return uuid.UUID(int=number)
