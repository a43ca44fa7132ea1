"""Requests to give or take away credits that a second operator has to agree to."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from billing.errors import AdjustmentRefused
from billing.models.operator_request import OperatorRequest, by_another


class CreditRequest(OperatorRequest):
    """One operator's request to give credits to a workspace, or to take them away."""

    verb: ClassVar[str] = "credits"
    prefix: ClassVar[str] = "crq"
    refused = AdjustmentRefused

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="credit_requests")
    credits = models.IntegerField(help_text="Below 0: to be taken away.")

    class Meta(OperatorRequest.Meta):
        permissions = (
            ("approve_credits", "Can decide on credits that other operators want to give or take away"),
        )
        constraints = (
            models.CheckConstraint(condition=~Q(credits=0), name="credit_request_not_zero"),
            by_another("credit_request_by_another"),
        )

    def __str__(self) -> str:
        return f"{self.credits:+,} credits for {self.workspace}"

    @property
    def concerns(self) -> Workspace:
        """The workspace whose wallet it is."""
        return self.workspace

    @property
    def numbers(self) -> dict[str, Any]:
        """The credits."""
        return {"credits": self.credits}
