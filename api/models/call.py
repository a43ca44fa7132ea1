"""Calls to the OpenAI-compatible API, remembered for automatic retries."""

from django.db import models
from django.utils import timezone

from accounts.models import ApiToken, Workspace


class Call(models.Model):
    """A call without an Idempotency-Key: a client that retries it, or whose connection broke, joins what it began."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+", db_index=False)
    fingerprint = models.BinaryField(help_text="sha256 of method, path and body.")
    repeats = models.PositiveSmallIntegerField(
        default=0, help_text="The client's count of its latest repetition."
    )
    joins = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How many connections have joined it after the first."
    )
    process = models.UUIDField(null=True, help_text="The process that holds its latest connection.")
    answered_at = models.DateTimeField(null=True, help_text="When an answer was sent whole.")
    lost_at = models.DateTimeField(
        null=True,
        help_text="When its latest connection broke before the answer was sent; the same call joins it.",
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (
            models.Index(fields=("token", "fingerprint", "-id"), name="call_of_token"),
            models.Index(fields=("created_at",), name="call_age"),
            models.Index(
                fields=("token", "fingerprint"), name="call_lost", condition=models.Q(lost_at__isnull=False)
            ),
            models.Index(
                fields=("token", "fingerprint"),
                name="call_open",
                condition=models.Q(answered_at=None, lost_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.request_key} ({self.repeats} repeats)"

    @property
    def request_key(self) -> str:
        """Natural key of the generation that the call begins: a retry with the same key gets the first one."""
        return f"call:{self.pk}"
