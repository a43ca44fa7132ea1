"""Rows of the price list."""

from dataclasses import dataclass
from itertools import accumulate, repeat

from generation.models.size_class import CLASSES


@dataclass(frozen=True, slots=True)
class Price:
    """A row of the price table, frozen: credits for one image of a model at a quality.

    Attributes:
        credits: for one image in the first size class, or for a megapixel.
        steps: for one image in each further size class (`sizes.CLASSES`); empty if all sizes cost the same.
        per_megapixel: whether `credits` are for each megapixel (1024x1024) begun.
        edit_surcharge: extra credits for an image made from references.
        free_references: number of references that cost nothing extra.
        references_per_credit: of the others, so many together cost `reference_credits`.
        reference_credits: what they cost.
    """

    credits: int
    steps: tuple[int, ...] = ()
    per_megapixel: bool = False
    edit_surcharge: int = 0
    free_references: int = 1
    references_per_credit: int = 2
    reference_credits: int = 1

    def by_size(self) -> list[int]:
        """Return credits per image by size class, never falling; a missing step repeats the one before."""
        given = (self.credits, *self.steps, *repeat(0, len(CLASSES)))
        return list(accumulate(given[: len(CLASSES)], max))
