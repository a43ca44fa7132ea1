"""Result of a comparison: differences in words, and how much was compared."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

MOST = 1_000
"""Differences that are listed: whoever has so many looks for one cause. All are counted."""


@dataclass(slots=True)
class Findings:
    """One line for each difference, `kind: words`, and a count for each kind of thing compared.

    Attributes:
        differences: the first `MOST`.
        found: how many there are in all.
        counts: how many of each kind were compared.
    """

    differences: list[str] = field(default_factory=list)
    found: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def differ(self, kind: str, words: str) -> None:
        """Add a difference."""
        self.add([f"{kind}: {words}"], 1)

    def add(self, lines: Sequence[str], found: int) -> None:
        """Add differences, of which `lines` are the first."""
        self.differences += lines[: MOST - len(self.differences)]
        self.found += found

    def include(self, other: "Findings") -> None:
        """Add what another comparison has found."""
        self.add(other.differences, other.found)
        self.counts.update(other.counts)
