"""Addresses that orders brought to have their own events sent to."""

from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from api.models.webhook_endpoint import WebhookEndpoint


class OrderAddress(models.Model):
    """Where the events of one generation or batch go besides the workspace's endpoints; kept for 90 days.

    Attributes:
        subject: id of the generation or batch.
        endpoint: the host, as an endpoint of orders.
        url: the whole address.
    """

    subject = models.UUIDField(primary_key=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="orders")
    url = models.CharField(max_length=2000)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (models.Index(fields=("created_at",), name="order_address_age"),)

    def __str__(self) -> str:
        return f"{self.subject} to {self.endpoint_id}"
