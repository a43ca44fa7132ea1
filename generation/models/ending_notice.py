"""Notices of a model's end that were sent."""

from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from generation.models.image_model import ImageModel


class EndingNotice(models.Model):
    """A sent notice: a workspace is told of a model's end once for each number of days before it."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="+")
    retired_at = models.DateTimeField(help_text="The end that was told; another one is told anew.")
    days = models.PositiveSmallIntegerField(help_text="30, 7 or 1.")
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "model", "retired_at", "days"), name="ending_notice_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.model_id}, {self.days} days before"
