"""Workspaces, the tenants: they own credits, images, tokens and members."""

from django.db import models
from django.utils import timezone

from core import ids


class Workspace(models.Model):
    """The tenant. Every lookup of what belongs to a customer starts here."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=60, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    suspended_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when it can view but not spend."
    )

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The id in public, `wsp_…`."""
        return ids.public("wsp", self.pk)
