"""Models of the catalog: rows with a life cycle, not code."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from generation.models.provider import Provider


class Stage(models.TextChoices):
    """The stage of a model's life cycle."""

    UPCOMING = "upcoming", "Coming"
    LIVE = "live", "Live"
    DEPRECATED = "deprecated", "Ending"
    RETIRED = "retired", "Retired"
    DISABLED = "disabled", "Switched off"


ABILITIES = (
    "sizes", "custom_sizes", "qualities", "default_quality", "formats", "backgrounds", "moderations",
    "max_references", "supports_mask", "supports_streaming", "supports_seed", "max_images",
)  # fmt: skip
"""The fields that say what a model can do, as operators see them."""


def _words(**options: int) -> ArrayField:
    return ArrayField(models.CharField(max_length=20), default=list, blank=True)


class ImageModel(models.Model):
    """A model that can be ordered: its names, its abilities, its life cycle and its replacement."""

    slug = models.SlugField(max_length=60, primary_key=True, allow_unicode=False, help_text="Public id.")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="models")
    upstream_id = models.CharField(max_length=120)
    aliases = ArrayField(
        models.CharField(max_length=60),
        default=list,
        db_default=[],
        blank=True,
        help_text="Other ids by which it can be ordered, such as its maker's dated versions.",
    )
    label = models.CharField(max_length=60)
    summary = models.CharField(max_length=120, help_text="What it is for, in a few words.")
    description = models.TextField(blank=True)
    icon = models.CharField(max_length=40, default="sparkles", help_text="A Lucide icon.")
    position = models.PositiveSmallIntegerField(default=100)
    is_default = models.BooleanField(default=False)
    is_enabled = models.BooleanField("enabled", default=True)

    sizes = _words()
    custom_sizes = models.BooleanField(
        default=False, help_text="Any WxH by the rules of generation/catalog/sizes.py."
    )
    qualities = _words()
    default_quality = models.CharField(max_length=10, blank=True)
    formats = _words()
    backgrounds = _words()
    moderations = _words()
    precheck = models.BooleanField(
        "check words first",
        null=True,
        blank=True,
        choices=((None, "As its provider"), (True, "Yes"), (False, "No")),
        help_text="Ask the moderation endpoint before the first paid call of an order.",
    )
    max_references = models.PositiveSmallIntegerField(default=0)
    supports_mask = models.BooleanField(default=False)
    supports_streaming = models.BooleanField(default=False)
    supports_seed = models.BooleanField(
        default=False, db_default=False, help_text="The same seed and words make the same image again."
    )
    max_images = models.PositiveSmallIntegerField(default=10)
    served_as = ArrayField(
        models.CharField(max_length=120),
        default=list,
        db_default=[],
        blank=True,
        help_text="Other models that its provider may answer with. Its own id, its aliases and its dated versions "
        "always may; an image by any other one is not delivered.",
    )
    shares_limits_of = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The model whose rate limits its provider counts it toward; empty: it has limits of its own.",
    )
    parameters = models.JSONField(
        default=dict,
        blank=True,
        help_text='Changes to what is sent: {"moderation": null} leaves it out, {"steps": 8} sends it too.',
    )

    available_from = models.DateTimeField(default=timezone.now)
    deprecated_at = models.DateTimeField(null=True, blank=True, help_text="When its end was announced.")
    retired_at = models.DateTimeField(null=True, blank=True, help_text="When it ends or ended.")
    vanished_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When its provider said that there is no such model; empty: it did not.",
    )
    replacement = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaces"
    )
    maker_replacement = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="its maker's replacement",
        help_text="What its maker recommends instead, if that is another one: its page says so, and why ours differs.",
    )

    class Meta:
        ordering = ("position", "slug")
        constraints = (
            models.UniqueConstraint(
                fields=("is_default",), condition=models.Q(is_default=True), name="image_model_one_default"
            ),
        )

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        """Refuse an alias that already names a model, and limits that lead from one model to the next.

        Raises:
            ValidationError: its message names what is wrong.
        """
        self._check_limits()
        others = ImageModel.objects.exclude(pk=self.pk)
        for alias in self.aliases:
            if (
                alias == self.pk
                or others.filter(models.Q(slug=alias) | models.Q(aliases__contains=[alias])).exists()
            ):
                raise ValidationError({"aliases": f"{alias} is another model's id."})

    def _check_limits(self) -> None:
        lead = self.shares_limits_of
        if lead is None:
            return
        words = None
        if lead.pk == self.pk or lead.shares_limits_of_id or lead.provider_id != self.provider_id:
            words = f"{lead.label} must be another model of the same provider, with limits of its own."
        elif ImageModel.objects.filter(shares_limits_of=self.pk).exists():
            words = "Other models share the limits of this one. Let them share the other model's first."
        if words:
            raise ValidationError({"shares_limits_of": words})

    @property
    def limited_as(self) -> str:
        """The public id of the model that stands for all that share its limits."""
        return str(self.shares_limits_of_id or self.slug)

    @property
    def default_size(self) -> str:
        """The size of an order without one: the first of the list, or `auto` if the model chooses itself."""
        return str(self.sizes[0]) if self.sizes else "auto"

    @property
    def ended_at(self) -> datetime | None:
        """When it ended or will end: on the announced day, or when it vanished unannounced."""
        return self.vanished_at if self.vanished_at and not self._is_over() else self.retired_at

    @property
    def has_ended(self) -> bool:
        """Whether its maker has switched it off."""
        return self._is_over() or self.vanished_at is not None

    def _is_over(self) -> bool:
        return self.retired_at is not None and self.retired_at <= timezone.now()

    @property
    def has_vanished(self) -> bool:
        """Whether it would take orders if it had not vanished unannounced."""
        return self.stage() is Stage.RETIRED and self.ended_at == self.vanished_at

    def stage(self) -> Stage:
        """Return its stage now; a switched-off model is retired, too, once its end was announced."""
        now = timezone.now()
        if self._is_over() or (self.retired_at and not self.is_enabled):
            return Stage.RETIRED
        if not self.is_enabled or not self.provider.is_enabled:
            return Stage.DISABLED
        if self.vanished_at:
            return Stage.RETIRED
        if self.available_from > now:
            return Stage.UPCOMING
        if self.deprecated_at and self.deprecated_at <= now:
            return Stage.DEPRECATED
        return Stage.LIVE
