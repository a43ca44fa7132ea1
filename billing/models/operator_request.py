"""Requests for what an operator may not do alone."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Workspace
from core import ids
from core.errors import Refusal


class RequestStatus(models.TextChoices):
    """waiting → approved or declined by another operator, or withdrawn by the one who asked."""

    WAITING = "waiting", "Waits for a second operator"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class OperatorRequest(models.Model):
    """One operator's request, decided by another one; nothing moves while it waits.

    See `billing.approvals.second_operator`.

    Attributes:
        verb: begins the actions in the audit trail: `refund` for `refund.approved`.
        prefix: of its public id.
        refused: the exception raised if it can't be decided.
    """

    verb: ClassVar[str]
    prefix: ClassVar[str]
    refused: ClassVar[type[Refusal]]
    Status = RequestStatus

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    request_key = models.CharField(
        max_length=80, unique=True, help_text="Of the form that asked: sent twice, it asks once."
    )
    reason = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=RequestStatus, default=RequestStatus.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("asked at", default=timezone.now, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True, help_text="Why it was declined or withdrawn.")

    class Meta:
        abstract = True
        ordering = ("-id",)

    @property
    def public_id(self) -> str:
        """Public id, used in the audit trail."""
        return ids.public(self.prefix, self.pk)

    # What each kind has to say. No ABC: the metaclass of models is Django's own.

    @property
    def concerns(self) -> Workspace:
        """The workspace whose credits or money it is about."""
        raise NotImplementedError

    @property
    def numbers(self) -> dict[str, Any]:
        """The request's numbers, for the audit trail."""
        raise NotImplementedError


def by_another(name: str) -> models.CheckConstraint:
    """Build the constraint that nobody decides on their own request, whatever the code does."""
    return models.CheckConstraint(
        condition=~Q(status__in=("approved", "declined"))
        | (Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by"))),
        name=name,
    )
