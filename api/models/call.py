"""A call to the OpenAI-compatible API, remembered for its repetition."""

from django.db import models
from django.utils import timezone

from accounts.models import ApiToken, Workspace
from generation.models import Generation


class Call(models.Model):
    """A call without an Idempotency-Key and what it began: a client that repeats it by itself joins that."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+", db_index=False)
    fingerprint = models.BinaryField(help_text="sha256 of method, path and body.")
    generation = models.ForeignKey(
        Generation,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        null=True,
        help_text="Empty while the call's pictures are read.",
    )
    repeats = models.PositiveSmallIntegerField(
        default=0, help_text="The client's count of its latest repetition."
    )
    answered_at = models.DateTimeField(null=True, help_text="When an answer was sent whole.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (
            models.Index(fields=("token", "fingerprint", "-id"), name="call_of_token"),
            models.Index(fields=("created_at",), name="call_age"),
        )

    def __str__(self) -> str:
        return f"{self.generation_id or 'reading'} ({self.repeats} repeats)"
