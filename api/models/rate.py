"""Request counts of the current minute."""

from django.db import models


class Rate(models.Model):
    """The counts of a token, a member or a workspace. The table is unlogged: a crash loses a minute's counts, no more."""

    subject = models.UUIDField(primary_key=True, help_text="Id of a token, a user or a workspace.")
    started_at = models.DateTimeField()
    reads = models.PositiveBigIntegerField(default=0, db_default=0)
    # An older version, which counts all requests together, still runs beside this one during a deployment.
    writes = models.PositiveBigIntegerField(default=0, db_default=0, db_column="used")

    class Meta:
        indexes = (models.Index(fields=("started_at",), name="rate_age"),)

    def __str__(self) -> str:
        return f"{self.subject}: {self.reads} reads, {self.writes} writes"
