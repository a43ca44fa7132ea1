"""What happened in a workspace, for partners to be told of and to catch up with."""

from django.db import models

from accounts.models import Workspace
from core import ids


class EventType(models.TextChoices):
    """Everything that partners can be told of."""

    GENERATION_SUCCEEDED = "generation.succeeded", "All images of a generation were made"
    GENERATION_PARTIAL = "generation.partial", "Some images of a generation were made"
    GENERATION_FAILED = "generation.failed", "No image of a generation could be made"
    GENERATION_CANCELED = "generation.canceled", "A generation was canceled"
    BATCH_FINISHED = "batch.finished", "A batch has finished"
    PURCHASE_PAID = "purchase.paid", "Credits were bought"
    PURCHASE_REFUNDED = "purchase.refunded", "A purchase was refunded, in part or whole"
    BALANCE_LOW = "balance.low", "Credits fell below the alert's threshold"
    SPEND_ALERT = "spend.alert", "A cap has reached 50, 80 or 100 percent"
    IMAGE_REMOVED = "image.removed", "An image was deleted"
    MODEL_ENDING = "model.ending", "A model that you used within 30 days is about to end"
    ENDPOINT_TEST = "endpoint.test", "A test, sent by hand to one endpoint"


class EventStream(models.Model):
    """The number of a workspace's last event. It begins with the first endpoint; before it nothing is noted."""

    workspace = models.OneToOneField(
        Workspace, on_delete=models.CASCADE, primary_key=True, related_name="event_stream"
    )
    last = models.PositiveBigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"{self.workspace_id}: {self.last}"


class WebhookEvent(models.Model):
    """Something that happened, written in the transaction that made it true; kept for 30 days.

    It names what it is about; what is told of that is read when it is told, so that links in it work.

    Attributes:
        sequence: 1, 2, 3 … within the workspace, in the order of the commits.
        subject: id of the generation, batch, purchase, workspace, image or endpoint that it is about.
        facts: what can't be read from the subject later on.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="webhook_events", db_index=False
    )
    sequence = models.PositiveBigIntegerField()
    type = models.CharField(max_length=40, choices=EventType)
    is_test = models.BooleanField()
    subject = models.UUIDField()
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("workspace", "sequence"), name="event_in_its_place"),)
        indexes = (models.Index(fields=("created_at",), name="webhook_event_age"),)

    def __str__(self) -> str:
        return f"{self.type} ({self.sequence})"

    @property
    def public_id(self) -> str:
        """The id in public, `evt_…`; the same for every try."""
        return ids.public("evt", self.pk)
