"""Request counts of the current minute."""

from django.db import models


class Rate(models.Model):
    """A counter per token or user. The table is unlogged: a crash loses a minute's counts and nothing else."""

    subject = models.UUIDField(primary_key=True, help_text="Id of a token or a user.")
    started_at = models.DateTimeField()
    used = models.PositiveBigIntegerField()

    class Meta:
        indexes = (models.Index(fields=("started_at",), name="rate_age"),)

    def __str__(self) -> str:
        return f"{self.subject}: {self.used}"
