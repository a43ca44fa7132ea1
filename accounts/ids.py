"""Ids: UUIDv7 in the database, `gen_01JD…` in public."""

import uuid

import uuid_utils.compat

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case
LENGTH = 26
NOBODY = uuid.UUID(int=0)
"""An id that nobody has: what stands in the place of one that can't be read, and is then not found."""
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}


def new() -> uuid.UUID:
    """A fresh UUIDv7 (RFC 9562): sorts by time of making."""
    return uuid_utils.compat.uuid7()


def public(prefix: str, value: uuid.UUID) -> str:
    """`prefix_` and 26 characters that stand for the 128 bits of `value`."""
    number, letters = value.int, []
    for _ in range(LENGTH):
        number, digit = divmod(number, 32)
        letters.append(ALPHABET[digit])
    return f"{prefix}_{''.join(reversed(letters))}"


def parse(prefix: str, text: str) -> uuid.UUID | None:
    """The UUID behind a public id, or None where `text` is not one: to callers both are 'not found'."""
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
