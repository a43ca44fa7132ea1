"""Refunds by operators: small ones at once, larger ones once a second operator agrees."""

import uuid

import stripe
from django.db import transaction

from accounts.models import User
from billing import locks
from billing.approvals import second_operator
from billing.errors import NeedsSecondOperator, RefundRefused
from billing.models import Purchase, Refund, RefundRequest
from billing.models.refund_request import RefundAmount
from billing.refunds import plan, refund
from billing.refunds.plan import RefundPlan
from billing.stripe import failures

Status = RefundRequest.Status
RELATED = ("refund", "purchase__workspace")


def earlier(request_key: str) -> Refund | RefundRequest | None:
    """Return the result of a form that was sent before, if any."""
    return (
        RefundRequest.objects.filter(request_key=request_key).first()
        or Refund.objects.filter(request_key=request_key).first()
    )


def refund_or_request(
    purchase: Purchase, way: RefundAmount, *, seen: RefundPlan, reason: str, operator: User, request_key: str
) -> Refund | RefundRequest:
    """Refund what this operator may refund alone; ask a second one for more, and move nothing.

    Exact at any concurrency: the limit is checked under the payment's lock.

    Args:
        purchase: a paid one.
        way: how much.
        seen: the numbers that the operator agreed to; a request carries them to the second one.
        reason: shown to both operators and on the customer's statement.
        operator: the operator who asks.
        request_key: identifies the form; sent twice, it is one refund or one request.

    Raises:
        RefundRefused: it can't be done, or a request for this purchase is waiting already. Nothing moved.
    """
    with transaction.atomic():
        locks.payment(purchase.payment_intent or "")
        known = earlier(request_key)
        if known is not None:
            return known
        try:
            row = refund.begin(purchase, way, reason=reason, actor=operator, request_key=request_key)
        except NeedsSecondOperator:
            return _ask(purchase, way, seen=seen, reason=reason, operator=operator, request_key=request_key)
    return send(row)


def approve(request_id: uuid.UUID, operator: User) -> Refund:
    """Make the refund that another operator asked for, once.

    A repeated call by the same operator returns the same refund.

    Raises:
        RefundRefused: it is the operator's own request, it was decided differently, or the purchase is not as it was
            shown. Nothing moved; or Stripe refuses, and all moved back.
    """
    with transaction.atomic():
        purchase = _purchase_of(request_id)
        locks.payment(purchase.payment_intent or "")
        row = second_operator.lock(RefundRequest, request_id, *RELATED)
        if row.status == Status.APPROVED and row.decided_by_id == operator.pk and row.refund:
            return row.refund
        second_operator.refuse_unless_waiting(row)
        second_operator.refuse_own(row, operator)
        now = plan.make_plan(purchase, row.way)
        if (now.amount, now.credits) != (row.amount, row.credits):
            raise RefundRefused(
                "Another refund of this purchase was made after this request, so its numbers are out "
                "of date. Nothing was changed; decline it and have it requested again."
            )
        made = refund.begin(
            purchase,
            row.way,
            reason=row.reason,
            actor=row.asked_by,
            approved_by=operator,
            request_key=f"request:{row.pk}",
        )
        row.refund = made
        second_operator.decide(row, Status.APPROVED, operator)
    return send(made)


def decline(request_id: uuid.UUID, operator: User, reason: str) -> RefundRequest:
    """Decline a request, or withdraw one's own; no money moves.

    Raises:
        RefundRefused: it is already decided.
    """
    return second_operator.decline(RefundRequest, request_id, operator, reason, *RELATED)


def send(row: Refund) -> Refund:
    """Send a refund to Stripe. If Stripe does not take it now, it stays pending and the sweeper resumes it.

    Operators are told where it is our key or our request that Stripe refuses.

    Raises:
        RefundRefused: Stripe refuses; the credits are back.
    """
    try:
        return refund.resume(row)
    except stripe.StripeError as error:
        failures.record(error)
        return row


def _ask(
    purchase: Purchase, way: RefundAmount, *, seen: RefundPlan, reason: str, operator: User, request_key: str
) -> RefundRequest:
    other = RefundRequest.objects.filter(purchase=purchase, status=Status.WAITING).first()
    if other is not None:
        raise RefundRefused(
            f"{other.asked_by.display_name} already requested a refund of this purchase, and it is waiting "
            "for a second operator. Nothing was changed."
        )
    row = RefundRequest.objects.create(
        purchase=purchase,
        request_key=request_key,
        by_credits=way.credits,
        by_amount=way.amount,
        amount=seen.amount,
        credits=seen.credits,
        reason=reason,
        asked_by=operator,
    )
    second_operator.record_request(row)
    return row


def _purchase_of(request_id: uuid.UUID) -> Purchase:
    return Purchase.objects.select_related("workspace").get(refund_requests=request_id)
