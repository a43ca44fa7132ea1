"""Result of a comparison: differences in words, and how much was compared."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Findings:
    """One line for each difference, `kind: words`, and a count for each kind of thing compared."""

    differences: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def differ(self, kind: str, words: str) -> None:
        """Add a difference."""
        self.differences.append(f"{kind}: {words}")
