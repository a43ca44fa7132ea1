"""Tables as CSV, without a cell that a spreadsheet would run."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

FORMULA = re.compile(r"^[=+\-@\t\r]")
"""How a cell begins that a spreadsheet would run (OWASP, CSV injection)."""


class _Echo:
    """A file that hands each written line back."""

    def write(self, line: str) -> str:
        """The line."""
        return line


def lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a table, its heading first, one at a time however many there are."""
    writer = csv.writer(_Echo())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])


def harmless(cell: object) -> str:
    """A cell as text; what looks like a formula is quoted."""
    text = str(cell)
    return f"'{text}" if FORMULA.match(text) else text
