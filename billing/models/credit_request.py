"""Requests to give or take away credits, or to write off a debt, that a second operator has to agree to."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from billing.errors import AdjustmentRefused
from billing.models.operator_request import OperatorRequest, RequestStatus, by_another
from core.database.constraints import known


class Purpose(models.TextChoices):
    """What the credits are to be moved for."""

    ADJUST = "adjust", "Give or take away"
    WRITE_OFF = "write_off", "Write off debt"


class CreditRequest(OperatorRequest):
    """One operator's request to give credits to a workspace, to take them away, or to write off what it owes."""

    Purpose = Purpose

    verb: ClassVar[str] = "credits"
    prefix: ClassVar[str] = "crq"
    refused = AdjustmentRefused

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="credit_requests")
    purpose = models.CharField(
        max_length=10, choices=Purpose, default=Purpose.ADJUST, db_default=Purpose.ADJUST
    )
    credits = models.IntegerField(help_text="Below 0: to be taken away.")

    class Meta(OperatorRequest.Meta):
        permissions = (
            ("approve_credits", "Can decide on credits that other operators want to give or take away"),
            ("write_off_debt", "Can write off what a workspace owes"),
        )
        constraints = (
            known("status", RequestStatus, "credit_request_status_known"),
            models.CheckConstraint(condition=~Q(credits=0), name="credit_request_not_zero"),
            models.CheckConstraint(
                condition=~Q(purpose="write_off") | Q(credits__gt=0), name="credit_request_writes_off_debt"
            ),
            by_another("credit_request_by_another"),
        )

    def __str__(self) -> str:
        if self.purpose == Purpose.WRITE_OFF:
            return f"{self.credits:,} credits of the debt of {self.workspace}"
        return f"{self.credits:+,} credits for {self.workspace}"

    @property
    def concerns(self) -> Workspace:
        """The workspace whose wallet it is."""
        return self.workspace

    @property
    def numbers(self) -> dict[str, Any]:
        """The credits, and what for."""
        return {"credits": self.credits, "purpose": self.purpose}
