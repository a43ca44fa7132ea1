"""Figures of benchmarks: each beside its anchor, compared with a bar."""

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Args:
        name: the key in `var/bench.json`.
        value: what is held against the bar.
        unit: of the value, for example "x of pgbench".
        ours: our own measurement with its unit, in words.
        anchor: the anchor's measurement of the same run; None where the bar is absolute.
        anchor_unit: what the anchor is and its unit, in words.
        bar: what was promised.
        at_least: whether the value should be at least the bar, or at most.
    """

    name: str
    value: float
    unit: str
    ours: str
    anchor: float | None
    anchor_unit: str
    bar: float
    at_least: bool = True

    @property
    def met(self) -> bool:
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    def cells(self) -> tuple[str, ...]:
        anchor = f"{self.anchor:,.1f} {self.anchor_unit}" if self.anchor is not None else self.anchor_unit
        return (
            self.name,
            self.ours,
            anchor,
            f"{self.value:,.3g} {self.unit}",
            f"{'>=' if self.at_least else '<='} {self.bar:g}",
            "yes" if self.met else "NO",
        )


@dataclass(frozen=True, slots=True)
class Beside:
    """Medians of interleaved rounds: ours, the anchor's, and of the rounds' ratios."""

    ours: float
    anchor: float
    ratio: float


HEAD = ("name", "ours", "anchor", "value", "bar", "met?")


def beside(ours: Callable[[], float], anchor: Callable[[], float], rounds: int) -> Beside:
    """Measure both in turn, each round starting with the other one, so that neither has the quieter minutes."""
    pairs = []
    for number in range(rounds):
        first, second = (ours, anchor) if number % 2 else (anchor, ours)
        one, two = first(), second()
        pairs.append((one, two) if number % 2 else (two, one))
    return Beside(
        statistics.median(own for own, _ in pairs),
        statistics.median(other for _, other in pairs),
        statistics.median(own / other for own, other in pairs),
    )


def table(figures: Sequence[Figure]) -> str:
    rows = [HEAD, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


def save(figures: Sequence[Figure], path: Path) -> None:
    """Write `{name: {value, unit, anchor, bar}}`; figures that were not measured this time stay as they were."""
    known = json.loads(path.read_text()) if path.exists() else {}
    for figure in figures:
        known[figure.name] = {
            "value": round(figure.value, 4),
            "unit": figure.unit,
            "anchor": round(figure.anchor, 4) if figure.anchor is not None else None,
            "bar": figure.bar,
        }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(known, indent=2) + "\n")
