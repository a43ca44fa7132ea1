"""What test worlds order."""

from django.db import models

from accounts.models import Workspace


class DailyTestImages(models.Model):
    """How many images a test world has ordered on a day; the workspace's tier says how many it may."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField(help_text="In UTC.")
    images = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "daily test images"
        constraints = (models.UniqueConstraint(fields=("workspace", "day"), name="daily_test_images_once"),)
        indexes = (models.Index(fields=("day",), name="daily_test_images_age"),)

    def __str__(self) -> str:
        return f"{self.workspace_id} {self.day}: {self.images}"
