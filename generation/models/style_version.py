"""Versions of styles."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from core import ids
from generation.models.style import Style


class StyleVersion(models.Model):
    """A version, immutable once written (by a trigger): images refer to the one they were made with.

    A version without a number was tried out and not saved.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    style = models.ForeignKey(Style, on_delete=models.PROTECT, related_name="versions", db_index=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    number = models.PositiveIntegerField(null=True)
    template = models.TextField(help_text="Words with {placeholders}; {prompt} or the first is the prompt's.")
    slots = models.JSONField(
        default=dict, blank=True, help_text='{"surface": {"default": "sand", "required": false}}'
    )
    avoid = models.CharField("leave out", max_length=500, blank=True)
    palette = ArrayField(models.CharField(max_length=7), default=list, blank=True, help_text="#rrggbb")
    references = ArrayField(models.UUIDField(), default=list, blank=True, help_text="Sent with every image.")
    model = models.CharField(max_length=60, blank=True, help_text="Defaults, used where nothing is chosen.")
    size = models.CharField(max_length=20, blank=True)
    quality = models.CharField(max_length=10, blank=True)
    background = models.CharField(max_length=12, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("style", "number"), name="style_version_once"),)

    def __str__(self) -> str:
        return f"version {self.number}" if self.number else "not saved"
