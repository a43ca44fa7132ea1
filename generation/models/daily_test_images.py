"""What test tokens order."""

from django.db import models

from accounts.models import Workspace


class DailyTestImages(models.Model):
    """How many images a workspace's test tokens have ordered on a day; its tier says how many they may."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField(help_text="In UTC.")
    images = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "daily test images"
        constraints = (models.UniqueConstraint(fields=("workspace", "day"), name="daily_test_images_once"),)
        indexes = (models.Index(fields=("day",), name="daily_test_images_age"),)

    def __str__(self) -> str:
        return f"{self.workspace_id} {self.day}: {self.images}"
