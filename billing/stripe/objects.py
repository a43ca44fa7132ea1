"""The parts of Stripe's objects that billing reads, from events and responses alike (docs.stripe.com/api)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from django.conf import settings

from core.wording import WITHOUT_CENTS


def _id(value: Any) -> str:
    """Return an object's id, whether the object was expanded or not."""
    if isinstance(value, Mapping):
        return str(value.get("id") or "")
    return str(value or "")


def _in_ours(line: Mapping[str, Any], about: Mapping[str, Any]) -> int | None:
    """Return the cents of our currency that a line of Stripe's balance moved.

    A line in the account's currency is converted back at its own rate, and what differs from the whole amount only by
    that rounding is the whole amount.

    Args:
        line: the line.
        about: the object that caused it.

    Returns:
        None if neither line nor object is in our currency, or the rate can't be trusted.
    """
    moved = int(line["amount"])
    if line["currency"] == settings.CURRENCY:
        return moved
    rate = line.get("exchange_rate")
    # Of yen there are no cents, and whether Stripe's rate minds that is not documented.
    if about.get("currency") != settings.CURRENCY or not rate or line["currency"] in WITHOUT_CENTS:
        return None
    cents, whole = round(moved / rate), int(about.get("amount") or 0)
    is_whole = abs(abs(cents) - whole) * rate <= 1
    return (whole if cents > 0 else -whole) if is_whole else cents


@dataclass(frozen=True, slots=True)
class Session:
    """A Checkout Session, or a payment without one, which has no id. Amounts are cents."""

    id: str
    reference: str
    status: str
    payment_status: str
    payment_intent: str
    total: int
    tax: int
    discount: int
    currency: str
    livemode: bool

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Parse Stripe's JSON."""
        details = data.get("total_details") or {}
        return cls(
            id=str(data["id"]),
            reference=str(data.get("client_reference_id") or ""),
            status=str(data.get("status") or ""),
            payment_status=str(data.get("payment_status") or ""),
            payment_intent=_id(data.get("payment_intent")),
            total=int(data.get("amount_total") or 0),
            tax=int(details.get("amount_tax") or 0),
            discount=int(details.get("amount_discount") or 0),
            currency=str(data.get("currency") or ""),
            livemode=bool(data.get("livemode")),
        )

    @classmethod
    def of_intent(cls, data: Mapping[str, Any]) -> Self:
        """Parse a payment without a page (auto top-up): a PaymentIntent whose metadata names the purchase."""
        paid = data.get("status") == "succeeded"
        return cls(
            id="",
            reference=str((data.get("metadata") or {}).get("purchase") or ""),
            status="complete",
            payment_status="paid" if paid else "unpaid",
            payment_intent=str(data["id"]),
            total=int(data.get("amount_received" if paid else "amount") or 0),
            tax=0,
            discount=0,
            currency=str(data.get("currency") or ""),
            livemode=bool(data.get("livemode")),
        )


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """A refund. Amounts are cents; `ours` is the id of our own row if we made it."""

    id: str
    payment_intent: str
    amount: int
    status: str
    reason: str
    ours: str

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Parse Stripe's JSON."""
        return cls(
            id=str(data["id"]),
            payment_intent=_id(data.get("payment_intent")),
            amount=int(data.get("amount") or 0),
            status=str(data.get("status") or ""),
            reason=str(data.get("reason") or ""),
            ours=str((data.get("metadata") or {}).get("refund") or ""),
        )


@dataclass(frozen=True, slots=True)
class DeclineFacts:
    """A card declined for a payment or while it was saved.

    `id` is Stripe's for the attempt, or the event's if the attempt has none, as when a payer fails to prove that the card is
    theirs: the payment's latest charge is then that of an earlier attempt. `purchase` and `page` are ours, from the metadata, the other one being empty.
    """

    id: str
    reason: str
    purchase: str
    page: str

    @classmethod
    def read(cls, data: Mapping[str, Any], event: str) -> Self:
        """Parse a PaymentIntent or SetupIntent."""
        error = data.get("last_payment_error") or data.get("last_setup_error") or {}
        metadata = data.get("metadata") or {}
        attempt = error.get("charge") or data.get("latest_attempt")
        return cls(
            id=_id(attempt) or event,
            reason=str(error.get("decline_code") or error.get("code") or ""),
            purchase=str(metadata.get("purchase") or ""),
            page=str(metadata.get("page") or ""),
        )


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """A dispute.

    Attributes:
        amount: cents of `currency`, which may be another one than ours.
        submissions: how often evidence was submitted.
        withdrawn: cents of our currency that Stripe has withdrawn for it, less what it has reinstated; None if that is
            not said, or is said in a currency that has nothing to do with ours.
        lines: lines of Stripe's balance behind `withdrawn`; None if they are not said.
        fee: sum of the fees of these lines; None unless they are in our currency.
        is_refundable: whether the payment can still be refunded, as during an inquiry.
        takes_answer: whether the cardholder's bank takes an answer at all.
        enhanced: networks' own programs of evidence that Stripe calls it eligible for, each with its state.
        as_of: when Stripe said this; None for an answer to a call of ours.
    """

    id: str
    payment_intent: str
    charge: str
    amount: int
    status: str
    reason: str
    due_by: datetime | None
    currency: str = ""
    submissions: int = 0
    withdrawn: int | None = None
    lines: int | None = None
    fee: int | None = None
    is_refundable: bool = False
    takes_answer: bool = True
    enhanced: Mapping[str, Any] = field(default_factory=dict)
    as_of: datetime | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any], as_of: datetime | None = None) -> Self:
        """Parse Stripe's JSON, which Stripe said at `as_of`."""
        details = data.get("evidence_details") or {}
        due = details.get("due_by")
        lines: list[Any] | None = data.get("balance_transactions")
        moved = [_in_ours(line, data) for line in lines or ()]
        are_ours = all(line["currency"] == settings.CURRENCY for line in lines or ())
        return cls(
            id=str(data["id"]),
            payment_intent=_id(data.get("payment_intent")),
            charge=_id(data.get("charge")),
            amount=int(data.get("amount") or 0),
            status=str(data.get("status") or ""),
            reason=str(data.get("reason") or ""),
            due_by=datetime.fromtimestamp(due, UTC) if due else None,
            currency=str(data.get("currency") or ""),
            submissions=int(details.get("submission_count") or 0),
            withdrawn=None if lines is None or None in moved else -sum(cents or 0 for cents in moved),
            lines=len(lines) if lines is not None else None,
            fee=sum(line["fee"] for line in lines) if lines and are_ours else None,
            is_refundable=bool(data.get("is_charge_refundable")),
            # 0, unlike nothing, says that no answer is taken.
            takes_answer=due != 0,
            enhanced=details.get("enhanced_eligibility") or {},
            as_of=as_of,
        )
