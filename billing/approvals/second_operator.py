"""Common part of all requests to a second operator: who may decide, once, and what is audited."""

import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from billing.models.operator_request import OperatorRequest, RequestStatus


def lock[R: OperatorRequest](model: type[R], request_id: uuid.UUID, *related: str) -> R:
    """Lock a request for this transaction, and return it."""
    rows = model._default_manager.select_for_update(no_key=True, of=("self",))  # noqa: SLF001 -- Django's documented API
    return rows.select_related("asked_by", "decided_by", *related).get(pk=request_id)


def refuse_unless_waiting(row: OperatorRequest) -> None:
    """Raise the request's refusal if somebody has decided already."""
    if row.status != RequestStatus.WAITING:
        who = row.decided_by.display_name if row.decided_by else "somebody"
        raise row.refused(f"This request was already {row.status} by {who}. Nothing was changed.")


def refuse_own(row: OperatorRequest, operator: User) -> None:
    """Raise the request's refusal if the operator asked for it."""
    if row.asked_by_id == operator.pk:
        raise row.refused("You requested this, so another operator has to approve it. Nothing was changed.")


def record_request(row: OperatorRequest) -> None:
    """Record a new request in the audit trail."""
    _record(row, "requested", row.asked_by, reason=row.reason)


def decide(row: OperatorRequest, status: RequestStatus, operator: User) -> None:
    """Store and audit a decision, with whatever else changed on the row."""
    row.status, row.decided_by, row.decided_at = status, operator, timezone.now()
    row.save()
    _record(row, status, operator, asked_by=row.asked_by.public_id, answer=row.answer)


def decline[R: OperatorRequest](
    model: type[R], request_id: uuid.UUID, operator: User, reason: str, *related: str
) -> R:
    """Decline a request, or withdraw one's own; nothing moves.

    Raises:
        Refusal: the request's own; it is already decided.
    """
    with transaction.atomic():
        row = lock(model, request_id, *related)
        refuse_unless_waiting(row)
        row.answer = reason
        own = row.asked_by_id == operator.pk
        decide(row, RequestStatus.WITHDRAWN if own else RequestStatus.DECLINED, operator)
        return row


def count_waiting(model: type[OperatorRequest]) -> int:
    """Count the requests that wait."""
    return model._default_manager.filter(status=RequestStatus.WAITING).count()  # noqa: SLF001 -- as above


def _record(row: OperatorRequest, what: str, operator: User, **more: Any) -> None:
    audit.record(
        f"{row.verb}.{what}",
        workspace=row.concerns,
        actor=operator,
        target=row.public_id,
        detail={**row.numbers, **more},
    )
