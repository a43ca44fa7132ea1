"""CSV tables without cells that a spreadsheet would run."""

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from numbers import Number
from typing import Final

MARK: Final = "'"
"""Stands before a cell that is words and looks like something else."""
OPERATORS: Final = frozenset("=+-\N{MINUS SIGN}@|%")
"""Beginnings of what a spreadsheet would run (OWASP, CSV injection), in any width."""
CONTROL: Final = "Cc"
UNSEEN: Final = frozenset({CONTROL, "Cf", "Zs", "Zl", "Zp"})
"""Categories of characters that spreadsheets skip at the beginning of a cell: spaces, line ends, marks without width."""


class _Echo:
    """A file that returns each written line."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


BYTE_ORDER_MARK: Final = "\N{BYTE ORDER MARK}"
"""Begins each table: without it, Excel takes UTF-8 for the encoding of the country."""


def lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a table, the mark and its heading first, one at a time however many there are."""
    yield BYTE_ORDER_MARK + line(columns)
    yield from map(line, rows)


def portions(columns: Sequence[str], pages: Iterable[Iterable[Sequence[object]]]) -> Iterator[str]:
    """Yield a table in portions, one for each page of its rows; the first has the mark and the heading, too."""
    heading = BYTE_ORDER_MARK + line(columns)
    for page in pages:
        yield heading + "".join(map(line, page))
        heading = ""
    if heading:
        yield heading


def line(cells: Iterable[object]) -> str:
    """Format one line of a table."""
    written: str = csv.writer(_Echo()).writerow([escape_formula(cell) for cell in cells])
    return written


def escape_formula(cell: object) -> str:
    """Convert a cell to text and mark words that look like a formula; numbers, even negative ones, are none."""
    if cell is None:
        return ""
    text = str(cell)
    return f"{MARK}{text}" if not isinstance(cell, Number) and _is_risky(text) else text


def unescape_formula(cell: str) -> str:
    """Remove the mark from a cell that `escape_formula` returned; all others stay as they are."""
    return cell[1:] if cell.startswith(MARK) and _is_risky(cell[1:]) else cell


def _is_risky(text: str) -> bool:
    """Return whether a spreadsheet might run the text, or strip what keeps it from that.

    Marks that the text has of its own don't count, so that one more is always the one to remove.
    """
    bare = text.lstrip(MARK)
    if not bare:
        return False
    if unicodedata.category(bare[0]) == CONTROL:
        return True
    first = next((one for one in bare if unicodedata.category(one) not in UNSEEN), "")
    return unicodedata.normalize("NFKC", first)[:1] in OPERATORS if first else False
