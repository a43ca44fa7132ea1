"""Providers, which run the models."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

TEST = "test"
"""The slug of the provider of test tokens' images."""


class Provider(models.Model):
    """An upstream: its adapter, its address, its key, and how many calls it takes at once.

    Keys and addresses are named, not stored: `key_setting` and `base_url_setting` are names of settings.
    """

    slug = models.SlugField(primary_key=True, max_length=30)
    name = models.CharField(max_length=40)
    adapter = models.CharField(
        max_length=20, help_text="A module of generation/providers/adapters, for example openai."
    )
    base_url_setting = models.CharField(max_length=40, blank=True)
    base_url = models.URLField(blank=True, help_text="Used where no setting is named.")
    key_setting = models.CharField(max_length=40, blank=True)
    webhook_setting = models.CharField(
        max_length=40, blank=True, help_text="Give it an address to report finished images to, if it can."
    )
    max_in_flight = models.PositiveIntegerField(
        default=500, help_text="Calls under way at once, over all workers."
    )
    timeout_seconds = models.PositiveIntegerField(
        default=300, help_text="When a call is given up, even if it is still sending."
    )
    opens_after = models.PositiveSmallIntegerField(
        "failures allowed",
        default=10,
        db_default=10,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text="After this many failures in a row, calls to it stop, except to test whether it works again.",
    )
    retry_share = models.PositiveSmallIntegerField(
        "retries, %",
        default=10,
        db_default=10,
        validators=[MaxValueValidator(100)],
        help_text="While it struggles, at most this share of a minute's calls may be retries; five always may.",
    )
    precheck = models.BooleanField(
        "check words first",
        default=False,
        help_text="Ask the moderation endpoint, at no charge, before the first paid call of an order.",
    )
    is_enabled = models.BooleanField(
        "enabled", default=True, help_text="Off: new orders are refused, and waiting ones are released."
    )

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
