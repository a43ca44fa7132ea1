"""Deliveries of events to endpoints, and the tries that each took."""

from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from api.models.webhook_endpoint import WebhookEndpoint
from api.models.webhook_event import WebhookEvent
from core import ids


class DeliveryStatus(models.TextChoices):
    """pending → delivered, or failed once no try is left; pending again when somebody sends it again."""

    PENDING = "pending", "Waiting"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Given up"


class WebhookDelivery(models.Model):
    """An event on its way to an endpoint.

    Attributes:
        tries: how many have begun.
        first_try: how many had begun when somebody last sent it again: the series of tries begins anew there.
        next_at: when it is due, as long as it is pending.
        leased_until: until then a worker is at it; by the database's clock. Those that it took together have the same.
        ends_at: when it is given up, whatever was tried by then; None for those of an earlier release.
        url: where it goes, if not to the endpoint's own address: the one that its order brought.
    """

    Status = DeliveryStatus

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    event = models.ForeignKey(
        WebhookEvent, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    status = models.CharField(max_length=10, choices=DeliveryStatus)
    tries = models.PositiveSmallIntegerField(default=0)
    first_try = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    url = models.CharField(max_length=2000, blank=True, default="", db_default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("event", "endpoint"), name="delivery_once"),
            models.CheckConstraint(
                condition=Q(status__in=DeliveryStatus.values), name="delivery_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status=DeliveryStatus.PENDING) ^ Q(next_at=None),
                name="delivery_due_while_pending",
            ),
        )
        indexes = (
            models.Index(fields=("endpoint", "-id"), name="delivery_of_endpoint"),
            models.Index(
                fields=("endpoint", "next_at"), name="delivery_pending", condition=Q(next_at__isnull=False)
            ),
            models.Index(
                fields=("endpoint", "leased_until"),
                name="delivery_leased",
                condition=Q(leased_until__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id}: {self.status}"

    @property
    def public_id(self) -> str:
        """The id in public, `dlv_…`."""
        return ids.public("dlv", self.pk)


class DeliveryTry(models.Model):
    """One request to an endpoint and what came back.

    Attributes:
        status_code: of the answer; None if there was none.
        error: why there was none, in a sentence.
        sent: the body as it was sent.
        answer: the first 2,000 characters of what came back.
    """

    delivery = models.ForeignKey(
        WebhookDelivery, on_delete=models.CASCADE, related_name="attempts", db_index=False
    )
    number = models.PositiveSmallIntegerField(help_text="1 for the first, over all series.")
    began_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    status_code = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True, default="")
    sent = models.TextField()
    answer = models.TextField(blank=True, default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("delivery", "number"), name="try_once"),)

    def __str__(self) -> str:
        return f"{self.number}: {self.status_code or self.error}"

    @property
    def is_ok(self) -> bool:
        """Whether the endpoint took it: any answer from 200 to 299."""
        return self.status_code is not None and 200 <= self.status_code < 300  # noqa: PLR2004
