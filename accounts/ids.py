"""Ids: UUIDv7 in the database, `gen_01JD…` in public."""

import uuid

import uuid_utils.compat

# Crockford's base 32, lower case.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}


def new() -> uuid.UUID:
    """Make a UUIDv7 (RFC 9562), which sorts by creation time."""
    return uuid_utils.compat.uuid7()


def public(prefix: str, value: uuid.UUID) -> str:
    """Format a public id: `prefix_` and 26 characters that stand for the 128 bits of `value`."""
    number, letters = value.int, []
    for _ in range(LENGTH):
        number, digit = divmod(number, 32)
        letters.append(ALPHABET[digit])
    return f"{prefix}_{''.join(reversed(letters))}"


def parse(prefix: str, text: str) -> uuid.UUID | None:
    """Parse a public id; None if `text` is not one, which callers treat as "not found"."""
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
