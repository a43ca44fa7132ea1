"""Backups that were made, so that their age is known."""

from django.db import models
from django.utils import timezone

from core import ids


class Backup(models.Model):
    """A backup by `manage.py backup`, or one made elsewhere that somebody told of."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    made_at = models.DateTimeField(
        default=timezone.now, help_text="What was committed before this moment is in it."
    )
    place = models.CharField(max_length=500, help_text="The folder, or what made it elsewhere.")
    version = models.CharField(max_length=100, help_text="The product's version that made it.")
    database_bytes = models.BigIntegerField(default=0)
    objects_listed = models.BigIntegerField(default=0)
    objects_bytes = models.BigIntegerField(default=0)
    has_objects = models.BooleanField(default=False, help_text="Whether it holds the objects themselves.")
    checked_at = models.DateTimeField(null=True, help_text="When it was last restored on trial.")
    differences = models.JSONField(default=list, help_text="What that found wrong.")

    class Meta:
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M} in {self.place}"
