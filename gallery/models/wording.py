"""What of a generation can be searched."""

from django.contrib.postgres.search import SearchVectorField
from django.db import models

from generation.models import Generation


class Wording(models.Model):
    """The `search` column of a generation, kept by PostgreSQL (`gallery/sql/search.sql`) and read by nobody else.

    It is a second face of the generation's table, so that the engine's rows stay as narrow as the engine needs them.
    """

    generation = models.OneToOneField(
        Generation, on_delete=models.DO_NOTHING, primary_key=True, db_column="id", related_name="wording"
    )
    search = SearchVectorField()

    class Meta:
        managed = False
        db_table = "generation_generation"

    def __str__(self) -> str:
        return str(self.pk)
