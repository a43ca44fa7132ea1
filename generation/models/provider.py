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
        max_length=40, blank=True, help_text="Names where it may tell us that a picture is done, if it can."
    )
    max_in_flight = models.PositiveIntegerField(
        default=500, help_text="Calls under way at once, over all workers."
    )
    timeout_seconds = models.PositiveIntegerField(
        default=300, help_text="After how long one call is given up, whatever it still sends."
    )
    opens_after = models.PositiveSmallIntegerField(
        "failures allowed",
        default=10,
        db_default=10,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text="After so many of its failures without a success between, it is called no more but to find out.",
    )
    retry_share = models.PositiveSmallIntegerField(
        "retries, %",
        default=10,
        db_default=10,
        validators=[MaxValueValidator(100)],
        help_text="While it struggles, of a minute's calls so many may be retries; five may be always.",
    )
    precheck = models.BooleanField(
        "check words first",
        default=False,
        help_text="Ask the moderation endpoint, at no charge, before the first paid call of an order.",
    )
    is_enabled = models.BooleanField(
        "enabled", default=True, help_text="Off: no new work is taken, waiting work is released."
    )

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
