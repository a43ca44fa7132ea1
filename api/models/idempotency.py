"""First responses, kept so that repetitions get the same."""

from django.db import models
from django.utils import timezone

from accounts.models import Workspace


class IdempotencyKey(models.Model):
    """A key with the request it was used for and, once there is one, the response; kept 24 hours.

    It belongs to a workspace, and a test world is one: a test request and a live one never answer each other.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    is_test = models.BooleanField(default=False, db_default=False, help_text="Sent with a test token.")
    fingerprint = models.BinaryField(help_text="sha256 of method, path and body.")
    locked_until = models.DateTimeField(help_text="Until then the first request is thought to be running.")
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("workspace", "is_test", "key"), name="idempotency_once"),
        )
        indexes = (models.Index(fields=("created_at",), name="idempotency_age"),)

    def __str__(self) -> str:
        return self.key
