"""Calls of the ledger's database functions, and the meaning of their outcomes."""

import datetime as dt
import uuid
from typing import Any

from django.db import connection

from billing.errors import (
    HoldExhausted,
    InDebt,
    InsufficientCredits,
    LedgerConflict,
    LedgerError,
    SpendingLocked,
    TokenCapReached,
    UnknownReference,
    WorkspaceSuspended,
)
from core.errors import Refusal
from core.wording import in_words

# The column has room for 160: some keys get `restore:` before them or `:settle` after them.
KEY_LENGTH = 145
REFERENCE_LENGTH = 80
REASON_LENGTH = 200


def call_function(statement: str, *parameters: str | int | uuid.UUID | dt.datetime | None) -> tuple[Any, ...]:
    """Call a function of the ledger, and return its one row."""
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


def error_for(outcome: str, what: str) -> LedgerError:
    """Return the error for an outcome that is not a refusal."""
    match outcome:
        case "conflict":
            return LedgerConflict(f"{what} was used before, with other content.")
        case "unknown":
            return UnknownReference(f"The ledger does not know {what}.")
        case "exhausted":
            return HoldExhausted(f"The hold {what} has fewer credits left than that.")
    return LedgerError(f"The ledger answered {outcome!r} about {what}.")


def refusal_for(outcome: str, credits: int, available: int, debt: int) -> Refusal | None:
    """Return the refusal for somebody who may not hold so many credits; None for other outcomes."""
    match outcome:
        case "insufficient":
            return InsufficientCredits(
                f"This needs {in_words(credits)}, and {in_words(available)} "
                f"{'is' if available == 1 else 'are'} available. Nothing was "
                "charged. Buy credits to continue.",
                available=available,
                needed=credits,
            )
        case "in_debt":
            return InDebt(
                f"This workspace owes {in_words(debt)} for a refund or a disputed payment. Nothing was charged. "
                "Buy credits to pay it and continue.",
                debt=debt,
            )
        case "token_cap":
            return TokenCapReached(
                f"This token can't spend {in_words(credits)} more: its own cap is "
                "reached. Nothing was charged. Raise the token's cap or use another token."
            )
    return _forbidden(outcome)


def _forbidden(outcome: str) -> Refusal | None:
    match outcome:
        case "partner_in_debt":
            return InDebt(
                "The workspace that funds this one owes credits for a refund or a disputed payment. Nothing was charged. "
                "It can spend again once that is paid.",
                debt=0,
            )
        case "locked":
            return SpendingLocked(
                "Spending is locked in this workspace. Nothing was charged. An admin can unlock it under Workspace, Spending."
            )
        case "suspended":
            return WorkspaceSuspended(
                "This workspace is suspended: you can view its images, but not spend credits. Nothing was charged. Please contact us."
            )
    return None
