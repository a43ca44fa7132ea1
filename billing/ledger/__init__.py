"""Operations of the credit ledger. Each is one call of a function in `billing/sql/ledger.sql`.

Every operation runs inside the caller's transaction, or in its own if there is none, and leaves that transaction
usable when it refuses. Repeating it with the same natural key changes nothing and returns the first result,
or False; the same key with other content raises `LedgerConflict`. Credits are positive ints (`adjust` takes a sign).
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from accounts.models import ApiToken, User, Workspace
from billing.errors import InsufficientCredits
from billing.ledger import caps
from billing.ledger.database import call_function, check, error_for, refusal_for
from billing.models.ledger import Account, Kind
from core.wording import in_words

_CREDIT = "SELECT * FROM ledger_credit(%s, %s, %s, %s, %s, %s, %s, %s)"
_DEBIT = "SELECT * FROM ledger_debit(%s, %s, %s, %s, %s, %s, %s, %s)"
_HOLD = "SELECT * FROM ledger_hold_at(%s, %s, %s, %s, %s, coalesce(%s, clock_timestamp()))"
_FREEZE = "SELECT * FROM ledger_freeze(%s, %s, %s, %s, %s)"
_CAPTURE = "SELECT ledger_capture(%s, %s, %s, %s, %s)"
_RELEASE = "SELECT * FROM ledger_release(%s, %s, %s, %s, %s)"
_REVERSE = "SELECT * FROM ledger_reverse(%s, %s, %s, %s, %s, %s, %s)"
_RESTORE = "SELECT * FROM ledger_restore(%s, %s, %s, %s)"
_WRITE_OFF = "SELECT * FROM ledger_write_off(%s, %s, %s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Reversal:
    """Credits taken from the available ones, and credits that became debt."""

    taken: int
    debt: int


def grant(
    workspace: Workspace,
    credits: int,
    *,
    key: str,
    reference: str,
    reason: str = "",
    actor: User | None = None,
) -> bool:
    """Give credits that nobody pays for; return False on a repetition."""
    return _credit(
        workspace,
        credits,
        Kind.GRANT,
        Account.GRANTED,
        key=key,
        reference=reference,
        reason=reason,
        actor=actor,
    )


def sell(
    workspace: Workspace,
    credits: int,
    *,
    key: str,
    reference: str,
    reason: str = "",
    actor: User | None = None,
) -> bool:
    """Hand over credits that were paid for, which pay a debt at once; return False on a repetition."""
    return _credit(
        workspace,
        credits,
        Kind.PURCHASE,
        Account.SOLD,
        key=key,
        reference=reference,
        reason=reason,
        actor=actor,
    )


def hold(
    workspace: Workspace,
    credits: int,
    *,
    reference: str,
    actor: User | None = None,
    token: ApiToken | None = None,
    at: dt.datetime | None = None,
) -> uuid.UUID:
    """Set credits aside for work, and return the id of the hold. The reference is its natural key.

    Args:
        workspace: who pays.
        credits: how many.
        reference: what they are held for.
        actor: the person in whose name it is done, whose cap counts it.
        token: the token by which it is done, whose caps count it.
        at: the moment whose day, week and month caps count by; by default the database's now.

    Raises:
        InsufficientCredits, InDebt, TokenCapReached, SpendingCapReached, SpendingLocked, WorkspaceSuspended: nothing was
            held.
        LedgerConflict: the reference holds another amount, or belongs to another workspace.
    """
    check(credits, reference=reference)
    outcome, hold_id, available, debt, cap = call_function(
        _HOLD, workspace.pk, credits, reference, _id(actor), _id(token), at
    )
    if outcome in {"done", "again"}:
        assert isinstance(hold_id, uuid.UUID)
        return hold_id
    if cap is not None:
        raise caps.refusal(cap, credits)
    raise refusal_for(outcome, credits, available, debt) or error_for(outcome, reference)


def freeze(
    workspace: Workspace, credits: int, *, reference: str, reason: str, actor: User | None = None
) -> int:
    """Hold what is available, up to `credits`, despite debt or suspension, and return how many credits that is.

    With nothing available there is no hold afterwards.
    """
    check(credits, reference=reference, reason=reason)
    outcome, frozen = call_function(_FREEZE, workspace.pk, credits, reference, reason, _id(actor))
    if outcome in {"done", "again"}:
        return int(frozen)
    raise error_for(outcome, reference)


def capture(reference: str, credits: int, *, key: str, about: str, reason: str = "") -> bool:
    """Use up held credits for something that was delivered; return False on a repetition.

    Args:
        reference: the hold's.
        credits: at most what remains of the hold.
        key: natural key of the delivery, for example `capture:<generation>:0`.
        about: what was delivered, for example `image:<uuid>`.
        reason: shown on the statement.

    Raises:
        UnknownReference: there is no such hold.
        HoldExhausted: less remains than asked for; it may have been released.
    """
    check(credits, key=key, reference=about, reason=reason)
    (outcome,) = call_function(_CAPTURE, reference, credits, key, about, reason)
    if outcome in {"done", "again"}:
        return bool(outcome == "done")
    raise error_for(outcome, reference)


def release(
    reference: str, credits: int | None = None, *, key: str, about: str = "", reason: str = ""
) -> int:
    """Release held credits, and return how many. Without `credits`, release all that remain, which may be none.

    `about` is what was not delivered; by default the hold's own reference.

    Raises:
        UnknownReference: there is no such hold.
        HoldExhausted: less remains than asked for.
    """
    about = about or reference
    check(1 if credits is None else credits, key=key, reference=about, reason=reason)
    outcome, released = call_function(_RELEASE, reference, credits, key, about, reason)
    if outcome in {"done", "again"}:
        return int(released)
    raise error_for(outcome, reference)


def reverse(
    workspace: Workspace,
    credits: int,
    *,
    key: str,
    reference: str,
    reason: str,
    actor: User | None = None,
    target: str = Account.REFUNDED,
) -> Reversal:
    """Take credits back for a refund or a lost dispute: first the available ones; the rest becomes debt."""
    check(credits, key=key, reference=reference, reason=reason)
    outcome, taken, debt = call_function(
        _REVERSE, workspace.pk, credits, str(target), key, reference, reason, _id(actor)
    )
    if outcome in {"done", "again"}:
        return Reversal(int(taken), int(debt))
    raise error_for(outcome, key)


def restore(workspace: Workspace, reversal: str, *, reason: str, actor: User | None = None) -> int:
    """Undo the reversal with this key, once, and return how many credits come back, into the debt first.

    Raises:
        UnknownReference: this workspace has no such reversal.
    """
    check(1, key=reversal, reason=reason)
    outcome, restored = call_function(_RESTORE, workspace.pk, reversal, reason, _id(actor))
    if outcome in {"done", "again"}:
        return int(restored)
    raise error_for(outcome, reversal)


def give_back(
    workspace: Workspace,
    credits: int,
    *,
    key: str,
    reference: str,
    reason: str,
    actor: User | None = None,
    source: str = Account.REFUNDED,
) -> bool:
    """Give back a part of what was reversed, which pays a debt at once; return False on a repetition."""
    return _credit(
        workspace,
        credits,
        Kind.RESTORE,
        Account(source),
        key=key,
        reference=reference,
        reason=reason,
        actor=actor,
    )


def adjust(workspace: Workspace, credits: int, *, key: str, reason: str, actor: User | None) -> bool:
    """Apply an operator's correction, up (+) or down (-), never below zero; return False on a repetition.

    Raises:
        InsufficientCredits: fewer are available than should be taken.
    """
    reference = f"workspace:{workspace.pk}"
    if credits > 0:
        return _credit(
            workspace,
            credits,
            Kind.ADJUST,
            Account.ADJUSTED,
            key=key,
            reference=reference,
            reason=reason,
            actor=actor,
        )
    check(-credits, key=key, reason=reason)
    outcome, available = call_function(
        _DEBIT,
        workspace.pk,
        Kind.ADJUST.value,
        Account.ADJUSTED.value,
        -credits,
        key,
        reference,
        reason,
        _id(actor),
    )
    if outcome == "insufficient":
        raise InsufficientCredits(
            f"Only {in_words(available)} can be taken away. Nothing was changed.",
            available=available,
            needed=-credits,
        )
    if outcome in {"done", "again"}:
        return bool(outcome == "done")
    raise error_for(outcome, key)


def write_off(workspace: Workspace, credits: int, *, key: str, reason: str, actor: User | None) -> bool:
    """Write off a debt, or a part of it; return False on a repetition.

    Raises:
        InsufficientCredits: the debt is smaller than that.
    """
    reference = f"workspace:{workspace.pk}"
    check(credits, key=key, reason=reason)
    outcome, debt = call_function(_WRITE_OFF, workspace.pk, credits, key, reference, reason, _id(actor))
    if outcome == "insufficient":
        raise InsufficientCredits(
            f"The debt is {in_words(debt)}. Nothing was changed.", available=debt, needed=credits
        )
    if outcome in {"done", "again"}:
        return bool(outcome == "done")
    raise error_for(outcome, key)


def _credit(
    workspace: Workspace,
    credits: int,
    kind: Kind,
    source: Account,
    *,
    key: str,
    reference: str,
    reason: str,
    actor: User | None,
) -> bool:
    check(credits, key=key, reference=reference, reason=reason)
    (outcome,) = call_function(
        _CREDIT, workspace.pk, kind.value, source.value, credits, key, reference, reason, _id(actor)
    )
    if outcome in {"done", "again"}:
        return bool(outcome == "done")
    raise error_for(outcome, key)


def _id(row: User | ApiToken | None) -> uuid.UUID | None:
    return row.pk if row else None
