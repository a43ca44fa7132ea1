"""Styles: looks that are applied to a prompt."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import Workspace
from core import ids


class Kind(models.TextChoices):
    """The kind of a preset, for the filter above the presets."""

    PHOTOGRAPH = "photograph", "Photograph"
    PRINT = "print", "Print"
    ILLUSTRATION = "illustration", "Illustration"
    ABSTRACT = "abstract", "Abstract"


class Style(models.Model):
    """A style: a preset of ours if it has no workspace, else a workspace's own.

    Its content is in its versions; `current` is the one that new images use. Without one it is a draft, which
    has been tried out but never saved.
    """

    Kind = Kind

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="styles",
        help_text="Empty for a preset that everybody may use.",
    )
    name = models.CharField(max_length=60)
    summary = models.CharField(max_length=120, blank=True, help_text="What it looks like, in a few words.")
    kind = models.CharField(max_length=12, choices=Kind, blank=True)
    previews = ArrayField(
        models.CharField(max_length=120),
        default=list,
        blank=True,
        help_text="Static files of three images, for presets.",
    )
    position = models.PositiveSmallIntegerField(default=100)
    is_default = models.BooleanField(default=False, help_text="Studio starts with it.")
    current = models.OneToOneField(
        "StyleVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="current_of"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("position", "-id")
        constraints = (
            models.UniqueConstraint(
                "workspace",
                Lower("name"),
                condition=Q(deleted_at=None),
                nulls_distinct=False,
                name="style_name_once",
            ),
            models.UniqueConstraint(
                fields=("workspace",),
                condition=Q(is_default=True, deleted_at=None),
                name="style_one_default",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """Public id, `sty_…`."""
        return ids.public("sty", self.pk)

    @property
    def is_preset(self) -> bool:
        """Whether it is ours, for everybody."""
        return self.workspace_id is None
