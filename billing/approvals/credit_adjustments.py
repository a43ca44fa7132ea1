"""Credits given, taken away or written off by operators: few at once, more once a second operator agrees."""

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.models import User, Workspace
from billing import ledger, locks
from billing.approvals import second_operator
from billing.errors import AdjustmentRefused, InsufficientCredits, LedgerConflict
from billing.ledger import balance
from billing.models import CreditPolicy, CreditRequest, RequestStatus
from billing.models.credit_policy import DEFAULT
from billing.models.credit_request import Purpose
from billing.models.ledger import Kind, Transfer
from core.wording import in_words

WITHIN = timedelta(hours=24)
"""Window over which an operator's adjustments are summed, so that splitting one into pieces evades no limit."""
MOST = 1_000_000_000
"""Largest single adjustment; no wallet needs more at once."""
_AGREED = "agreed:"
"""Prefix of the keys of approved requests; keys of forms, which could be forged, begin otherwise."""
_MOVES = (Kind.GRANT, Kind.ADJUST, Kind.WRITE_OFF)
_VERBS: Final = {Purpose.ADJUST: ledger.adjust, Purpose.WRITE_OFF: ledger.write_off}
_NOTED_AS: Final = {Purpose.ADJUST: "wallet.adjusted", Purpose.WRITE_OFF: "wallet.debt_written_off"}
_OTHERWISE = "This form was already sent with different contents. Nothing was changed; open it again."


def alone_up_to() -> int:
    """Return how many credits one operator may move within 24 hours."""
    row = CreditPolicy.objects.first()
    return row.alone_up_to if row else DEFAULT


def remaining_limit(operator: User, *, now: datetime | None = None) -> int:
    """Return how many credits this operator may still move alone; goodwill after appeals and debts count too."""
    since = (now or timezone.now()) - WITHIN
    moved = Transfer.objects.filter(actor=operator, kind__in=_MOVES, created_at__gt=since).exclude(
        key__startswith=_AGREED
    )
    return max(0, alone_up_to() - int(moved.aggregate(sum=Sum("amount", default=0))["sum"]))


def use_limit(operator: User, credits: int) -> None:
    """Refuse credits beyond what an operator may still give alone, exactly at any concurrency.

    Call it before the credits move, in their transaction.

    Raises:
        AdjustmentRefused: more than one operator may give alone.
    """
    locks.operator(operator.pk)
    limit = remaining_limit(operator)
    if credits > limit:
        raise AdjustmentRefused(
            f"One operator alone can give {in_words(limit)} now, and this is {in_words(credits)}. Nothing was changed; "
            "request more on the wallet's page, where a second operator can approve it."
        )


def adjust_or_request(
    workspace: Workspace,
    credits: int,
    *,
    reason: str,
    operator: User,
    request_key: str,
    request: HttpRequest | None = None,
) -> CreditRequest | None:
    """Give (+) or take away (-) credits within this operator's limit; ask a second operator for more.

    Args:
        workspace: the owner of the credits.
        credits: any number but 0.
        reason: shown to both operators and on the customer's statement.
        operator: the operator who asks.
        request_key: identifies the form; sent twice, it is one adjustment or one request.
        request: for the audit trail.

    Returns:
        The waiting request, for which nothing has moved; None if the credits have moved.

    Raises:
        InsufficientCredits: fewer are available than should be taken away.
        AdjustmentRefused: the form was sent before with other content.
    """
    return _move_or_request(
        Purpose.ADJUST, workspace, credits,
        reason=reason, operator=operator, request_key=request_key, request=request,
    )  # fmt: skip


def write_off_or_request(
    workspace: Workspace,
    credits: int,
    *,
    reason: str,
    operator: User,
    request_key: str,
    request: HttpRequest | None = None,
) -> CreditRequest | None:
    """Write off a debt, or a part of it, within this operator's limit; ask a second operator for more.

    Args:
        workspace: the one that owes them.
        credits: at least 1.
        reason: shown to both operators and on the customer's statement.
        operator: the operator who asks.
        request_key: identifies the form; sent twice, it writes off or asks once.
        request: for the audit trail.

    Returns:
        The waiting request, for which nothing has moved; None if the debt is written off.

    Raises:
        InsufficientCredits: the debt is smaller than that.
        AdjustmentRefused: the form was sent before with other content.
    """
    return _move_or_request(
        Purpose.WRITE_OFF, workspace, credits,
        reason=reason, operator=operator, request_key=request_key, request=request,
    )  # fmt: skip


def was_sent(purpose: Purpose, request_key: str) -> bool:
    """Return whether a form was sent before: sent again, it shows what came of it."""
    asked = CreditRequest.objects.filter(request_key=request_key)
    return asked.exists() or Transfer.objects.filter(key=f"{purpose}:{request_key}").exists()


def _move_or_request(
    purpose: Purpose,
    workspace: Workspace,
    credits: int,
    *,
    reason: str,
    operator: User,
    request_key: str,
    request: HttpRequest | None,
) -> CreditRequest | None:
    key = f"{purpose}:{request_key}"
    with transaction.atomic():
        locks.operator(operator.pk)
        known = CreditRequest.objects.filter(request_key=request_key).first()
        if known is not None:
            if (known.purpose, known.workspace_id, known.credits) != (purpose, workspace.pk, credits):
                raise AdjustmentRefused(_OTHERWISE)
            return known
        if abs(credits) <= remaining_limit(operator) or Transfer.objects.filter(key=key).exists():
            try:
                first = _VERBS[purpose](workspace, credits, key=key, reason=reason, actor=operator)
            except LedgerConflict as conflict:
                raise AdjustmentRefused(_OTHERWISE) from conflict
            if first:
                audit.record(
                    _NOTED_AS[purpose],
                    workspace=workspace,
                    actor=operator,
                    target=workspace.public_id,
                    detail={"credits": credits, "reason": reason},
                    request=request,
                )
            return None
        _refuse_beyond(purpose, workspace, credits)
        row = CreditRequest.objects.create(
            purpose=purpose,
            workspace=workspace,
            credits=credits,
            reason=reason,
            asked_by=operator,
            request_key=request_key,
        )
        second_operator.record_request(row)
        return row


def approve(request_id: uuid.UUID, operator: User) -> CreditRequest:
    """Move or write off the credits that another operator asked for, once.

    A repeated call by the same operator returns the same request.

    Raises:
        AdjustmentRefused: it is the operator's own request, or it was decided differently.
        InsufficientCredits: fewer are available, or owed, by now than should be taken away or written off.
    """
    with transaction.atomic():
        row = second_operator.lock(CreditRequest, request_id, "workspace")
        if row.status == RequestStatus.APPROVED and row.decided_by_id == operator.pk:
            return row
        second_operator.refuse_unless_waiting(row)
        second_operator.refuse_own(row, operator)
        key = f"{_AGREED}{row.pk}"
        move = _VERBS[Purpose(row.purpose)]
        move(row.workspace, row.credits, key=key, reason=row.reason, actor=row.asked_by)
        second_operator.decide(row, RequestStatus.APPROVED, operator)
        return row


def decline(request_id: uuid.UUID, operator: User, reason: str) -> CreditRequest:
    """Decline a request, or withdraw one's own; no credits move.

    Raises:
        AdjustmentRefused: it is already decided.
    """
    return second_operator.decline(CreditRequest, request_id, operator, reason, "workspace")


def _refuse_beyond(purpose: Purpose, workspace: Workspace, credits: int) -> None:
    now = balance.for_workspace(workspace)
    if purpose == Purpose.WRITE_OFF:
        if credits > now.debt:
            raise InsufficientCredits(
                f"The debt is {in_words(now.debt)}. Nothing was changed.", available=now.debt, needed=credits
            )
    elif -credits > now.available:
        raise InsufficientCredits(
            f"Only {in_words(now.available)} can be taken away. Nothing was changed.",
            available=now.available,
            needed=-credits,
        )
