"""How the ledger's verbs call their functions in the database, and what they make of the answers."""

import uuid
from typing import Any

from django.db import connection

from billing.errors import HoldExhausted, LedgerConflict, LedgerError, UnknownReference

KEY_LENGTH = 150  # the column has room for 160: some verbs append to the key
REFERENCE_LENGTH = 80
REASON_LENGTH = 200


def call(statement: str, *parameters: str | int | uuid.UUID | None) -> tuple[Any, ...]:
    """The one row that the function answers."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    assert row is not None, "the ledger's functions always answer"
    return tuple(row)


def check(credits: int, *, key: str = "key", reference: str = "reference", reason: str = "") -> None:
    """Refuse what the tables would refuse, before it aborts the caller's transaction."""
    if credits <= 0:
        raise ValueError(f"The ledger moves positive amounts, not {credits}.")
    for name, value, length in (("key", key, KEY_LENGTH), ("reference", reference, REFERENCE_LENGTH)):
        if not 0 < len(value) <= length:
            raise ValueError(f"The {name} must have 1 to {length} characters: {value!r}")
    if len(reason) > REASON_LENGTH:
        raise ValueError(f"The reason must have at most {REASON_LENGTH} characters: {reason!r}")


def in_words(number: int) -> str:
    """`1 credit`, `1,200 credits`."""
    return f"{number:,} credit{'' if number == 1 else 's'}"


def fault(outcome: str, what: str) -> LedgerError:
    """The error for an outcome that is no refusal."""
    match outcome:
        case "conflict":
            return LedgerConflict(f"{what} was used before, with other content.")
        case "unknown":
            return UnknownReference(f"The ledger does not know {what}.")
        case "exhausted":
            return HoldExhausted(f"The hold {what} has fewer credits left than that.")
    return LedgerError(f"The ledger answered {outcome!r} about {what}.")
