"""Credits that move between a partner and its clients, in pairs of transfers through the account `clients`.

Like the ledger's other verbs, each may be repeated with its key and then changes nothing.
"""

from accounts.models import ApiToken, User, Workspace
from billing.errors import InDebt, InsufficientCredits, NotOfThisPartner
from billing.ledger.database import call_function, check, error_for, refusal_for
from core.errors import Refusal
from core.wording import in_words

_MOVE = "SELECT * FROM ledger_move(%s, %s, %s, %s, %s, %s, %s)"


def fund(
    client: Workspace, credits: int, *, key: str, actor: User | None = None, token: ApiToken | None = None
) -> int:
    """Move credits from the partner's wallet into its client's, and return how many.

    Raises:
        InsufficientCredits, InDebt, WorkspaceSuspended, SpendingLocked: the partner can't give them; nothing moved.
        LedgerConflict: the key moved something else.
    """
    partner = _partner(client)
    outcome, moved, available, debt = _move(partner, client, credits, key=key, actor=actor, token=token)
    if outcome in {"done", "again"}:
        return moved
    raise refusal_for(outcome, credits, available, debt) or error_for(outcome, key)


def withdraw(
    client: Workspace,
    credits: int | None,
    *,
    key: str,
    actor: User | None = None,
    token: ApiToken | None = None,
) -> int:
    """Move credits that a client has not used back to its partner, and return how many; None takes all that are available.

    Raises:
        InsufficientCredits, InDebt: the client has fewer, or owes; nothing moved.
        LedgerConflict: the key moved something else.
    """
    outcome, moved, available, debt = _move(
        client, _partner(client), credits, key=key, actor=actor, token=token
    )
    if outcome in {"done", "again"}:
        return moved
    raise _refusal(outcome, credits or 0, available, debt) or error_for(outcome, key)


def _move(
    giver: Workspace,
    taker: Workspace,
    credits: int | None,
    *,
    key: str,
    actor: User | None,
    token: ApiToken | None,
) -> tuple[str, int, int, int]:
    check(1 if credits is None else credits, key=key)
    outcome, moved, available, debt = call_function(
        _MOVE, giver.pk, taker.pk, credits, key, "", actor.pk if actor else None, token.pk if token else None
    )
    return str(outcome), int(moved or 0), int(available or 0), int(debt or 0)


def _partner(client: Workspace) -> Workspace:
    if client.parent is None:
        raise NotOfThisPartner("There is no such client. Nothing was moved.")
    return client.parent


def _refusal(outcome: str, credits: int, available: int, debt: int) -> Refusal | None:
    match outcome:
        case "insufficient":
            return InsufficientCredits(
                f"The client has {in_words(available)} available, not {credits}. Nothing was moved. "
                "What is held for images in progress comes free when they are finished.",
                available=available,
                needed=credits,
            )
        case "in_debt":
            return InDebt(f"The client owes {in_words(debt)}. Nothing was moved.", debt=debt)
    return None
