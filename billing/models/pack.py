"""Credit packs: bought once, never expiring."""

from django.db import models


class CreditPack(models.Model):
    """A pack on sale. A purchase keeps a copy of what it promised, so rows may be edited freely."""

    slug = models.SlugField(primary_key=True, max_length=30)
    name = models.CharField(max_length=40)
    summary = models.CharField(max_length=120, blank=True)
    credits = models.PositiveIntegerField()
    amount = models.PositiveIntegerField(help_text="Price in cents.")
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField("on sale", default=True)

    class Meta:
        ordering = ("position", "credits")
        constraints = (
            models.CheckConstraint(condition=models.Q(credits__gt=0, amount__gt=0), name="pack_not_empty"),
        )

    def __str__(self) -> str:
        return f"{self.name}, {self.credits:,} credits"
