"""Searchable text of generations."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from generation.models import Generation


class Wording(models.Model):
    """The words of a generation with a stored image, written only by a trigger (`gallery/sql/wording.sql`)."""

    generation = models.OneToOneField(
        Generation, on_delete=models.CASCADE, primary_key=True, related_name="wording"
    )
    search = SearchVectorField()

    class Meta:
        indexes = (GinIndex(fields=("search",), name="wording_search"),)

    def __str__(self) -> str:
        return str(self.pk)
