"""Searchable text of generations."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from generation.models import Generation


class Wording(models.Model):
    """The words of a generation with a stored image, written only by a trigger (`gallery/sql/wording.sql`).

    Attributes:
        words: the prompt as it is compared (`gallery/sql/words.sql`); None for one that an earlier version has
            written, until `gallery.rewording` comes to it. Its `search` has whole English words alone.
        search: the lexemes by which it is found.
    """

    generation = models.OneToOneField(
        Generation, on_delete=models.CASCADE, primary_key=True, related_name="wording"
    )
    words = models.TextField(null=True)
    search = SearchVectorField()

    class Meta:
        indexes = (
            GinIndex(fields=("search",), name="wording_search"),
            models.Index(fields=("generation",), name="wording_old", condition=models.Q(words=None)),
        )

    def __str__(self) -> str:
        return str(self.pk)
