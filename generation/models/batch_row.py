"""Rows of a batch."""

from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from core import ids
from generation.models.batch import Batch


class BatchRow(models.Model):
    """A prompt with what differs from its batch; `error` is a sentence if it can't be made."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows", db_index=False)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80, blank=True, help_text="For the file's name.")
    prompt = models.TextField(blank=True)
    overrides = models.JSONField(default=dict, help_text="Size, quality, model, … where the row says them.")
    count = models.PositiveSmallIntegerField(default=1)
    credits = models.PositiveIntegerField(null=True, help_text="Its part of the quote, once it can be made.")
    quality = models.CharField(max_length=10, blank=True, help_text="As it was resolved, for the receipt.")
    error = models.TextField(blank=True, help_text="Everything that is wrong with it, in sentences.")
    param = models.CharField(max_length=30, blank=True, help_text="What the first of them is about.")
    nearest = models.CharField(max_length=60, blank=True, help_text="A value that would do.")
    faults = models.JSONField(
        default=list, db_default=[], blank=True, help_text="Each with its param, message, nearest and slot."
    )
    is_left_out = models.BooleanField(default=False)
    generation = models.ForeignKey(
        "Generation", on_delete=models.PROTECT, null=True, related_name="+", help_text="The newest."
    )

    class Meta:
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=("batch", "position"), name="batch_row_once"),)
        indexes = (
            models.Index(fields=("batch", "position"), condition=~Q(error=""), name="batch_row_faulty"),
        )

    def __str__(self) -> str:
        return f"row {self.position}"

    @property
    def problems(self) -> list[dict[str, str]]:
        """What is wrong with it, one by one; a row that an earlier version has checked has one."""
        if not self.error:
            return []
        return self.faults or [
            {"param": self.param, "message": self.error, "nearest": self.nearest, "slot": ""}
        ]
