"""Addresses of partners that are told of events."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from core import ids


class EndpointStatus(models.TextChoices):
    """enabled, or disabled by a member or by us; see `disabled_reason`."""

    ENABLED = "enabled", "On"
    DISABLED = "disabled", "Off"


class DisabledReason(models.TextChoices):
    """Why an endpoint is disabled."""

    BY_HAND = "by_hand", "Switched off by a member"
    FAILING = "failing", "Failed for five days"
    GONE = "gone", "Answered 410 Gone"


class SigningSecret(models.Model):
    """What signs deliveries: encrypted (`core.encryption`), as is `former_secret`, which signs beside it until `former_until`."""

    secret = models.BinaryField()
    former_secret = models.BinaryField(null=True)
    former_until = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class WorkspaceSecret(SigningSecret):
    """The secret of a workspace in each mode: it signs what goes to addresses that orders brought."""

    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="webhook_secrets", db_index=False
    )
    is_test = models.BooleanField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("workspace", "is_test"), name="secret_of_a_mode"),)

    def __str__(self) -> str:
        return f"of {self.workspace_id}"


class WebhookEndpoint(SigningSecret):
    """An address with the events that it is told of, and the secrets that sign what it is told.

    Attributes:
        for_orders: whether it stands for a host to which orders have their events sent. It asks for no events, has no secret
            of its own (`WorkspaceSecret` signs), and each delivery has its own address.
        types: names of event types; "*" alone stands for all of them, also those to come.
        failing_since: when the first of the tries that failed one after the other ended; None while it answers.
    """

    Status = EndpointStatus

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="webhook_endpoints", db_index=False
    )
    is_test = models.BooleanField(help_text="Told of what test tokens do, and of nothing else.")
    for_orders = models.BooleanField(default=False, db_default=False)
    url = models.CharField(max_length=2000)
    types = ArrayField(models.CharField(max_length=40))
    description = models.CharField(max_length=120, blank=True, default="")
    status = models.CharField(max_length=10, choices=EndpointStatus, default=EndpointStatus.ENABLED)
    disabled_reason = models.CharField(max_length=10, choices=DisabledReason, blank=True, default="")
    request_key = models.CharField(
        max_length=80, null=True, help_text="Natural key of the request that made it."
    )
    failing_since = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True, help_text="When its owner was told that it fails.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("request_key",), name="endpoint_once"),
            models.UniqueConstraint(
                fields=("workspace", "is_test", "url"),
                condition=models.Q(for_orders=True, deleted_at=None),
                name="endpoint_of_orders_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=EndpointStatus.values), name="endpoint_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status=EndpointStatus.ENABLED) ^ ~models.Q(disabled_reason=""),
                name="endpoint_disabled_for_a_reason",
            ),
        )
        indexes = (
            models.Index(fields=("workspace", "-id"), name="endpoint_of_workspace"),
            models.Index(
                fields=("failing_since",),
                name="endpoint_failing",
                condition=models.Q(failing_since__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.url

    @property
    def public_id(self) -> str:
        """The id in public, `whe_…`."""
        return ids.public("whe", self.pk)

    @property
    def host(self) -> str:
        """Its address without what may be secret in it: path and query."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}"

    @property
    def is_enabled(self) -> bool:
        """Whether it is told of what happens."""
        return self.status == EndpointStatus.ENABLED
