"""Events of generations, for subscribers."""

from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from generation.models.generation import Generation
from generation.models.image import Image


class Event(models.Model):
    """An event, kept seven days and announced once it is committed; its id is the Last-Event-ID of server-sent events."""

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    generation = models.ForeignKey(
        Generation, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    image = models.ForeignKey(Image, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    kind = models.CharField(
        max_length=30, help_text="For example image.preview, image.stored, generation.succeeded."
    )
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=("workspace", "id"), name="event_of_workspace"),
            models.Index(fields=("generation", "id"), name="event_of_generation"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.generation_id}"
