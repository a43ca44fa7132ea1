"""Measures of how much of a purchase goes back."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from billing.errors import RefundRefused
from billing.models.operator_request import OperatorRequest, RequestStatus, by_another
from billing.models.purchase import Purchase
from billing.models.refund import Refund
from core.database.constraints import known
from core.wording import money


@dataclass(frozen=True, slots=True)
class RefundAmount:
    """The part of a purchase that goes back, by exactly one of three measures.

    Attributes:
        credits: credits to take back; the money follows from them.
        amount: cents to pay back; the credits follow from them.
        whole: whatever was not paid back yet.
    """

    credits: int | None = None
    amount: int | None = None
    whole: bool = False

    def __post_init__(self) -> None:
        if (self.credits is not None) + (self.amount is not None) + self.whole != 1:
            raise ValueError("Say one of credits, amount and whole.")


class RefundRequest(OperatorRequest):
    """One operator's request for a refund, with the numbers that were shown."""

    verb: ClassVar[str] = "refund"
    prefix: ClassVar[str] = "rrq"
    refused = RefundRefused

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="refund_requests")
    by_credits = models.PositiveIntegerField(null=True, help_text="Asked for by credits: how many.")
    by_amount = models.PositiveIntegerField(null=True, help_text="Asked for by amount: cents.")
    amount = models.PositiveIntegerField(help_text="Cents that go back, as they were shown.")
    credits = models.PositiveIntegerField(help_text="To be taken back for it, as they were shown.")
    refund = models.OneToOneField(
        Refund, on_delete=models.PROTECT, null=True, related_name="request", help_text="The outcome."
    )

    class Meta(OperatorRequest.Meta):
        permissions = (("approve_refund", "Can decide on refunds that other operators ask for"),)
        constraints = (
            known("status", RequestStatus, "refund_request_status_known"),
            models.UniqueConstraint(
                fields=("purchase",), condition=Q(status="waiting"), name="refund_request_one_waits"
            ),
            by_another("refund_request_by_another"),
            models.CheckConstraint(
                condition=Q(status="approved", refund__isnull=False)
                | (~Q(status="approved") & Q(refund__isnull=True)),
                name="refund_request_approved_refunds",
            ),
        )

    def __str__(self) -> str:
        return f"{money(self.amount, self.purchase.currency)} of {self.purchase}"

    @property
    def concerns(self) -> Workspace:
        """The workspace that bought."""
        return self.purchase.workspace

    @property
    def numbers(self) -> dict[str, Any]:
        """The purchase, and what would go back."""
        return {"purchase": self.purchase.public_id, "amount": self.amount, "credits": self.credits}

    @property
    def way(self) -> RefundAmount:
        """The part of the purchase that was asked for."""
        return RefundAmount(
            self.by_credits, self.by_amount, whole=self.by_credits is None and self.by_amount is None
        )
