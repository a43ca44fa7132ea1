"""Text of a table as cells: delimited by what its first line has most of, or by what it names itself."""

import csv
import io
import re
from dataclasses import dataclass
from typing import Final

from generation.errors import InvalidRows
from generation.orders.order import MAX_PROMPT

DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
NO_DELIMITER: Final = "\x1f"
_NAMED: Final = re.compile(r"\s*\"?sep=([^\r\n\"])\"?[ \t]*(?:\r\n|\r|\n|\Z)", re.IGNORECASE)
"""The line that Excel reads first and shows to nobody."""
_TOO_LONG: Final = "field larger than field limit"
"""How Python's reader begins when a cell is longer than it reads."""
_EMPTY: Final = re.compile(r"(?:[\s,;|\"]*(?:\r\n|\r|\n))+")


@dataclass(frozen=True, slots=True)
class DelimitedText:
    """The text of a table from its heading on.

    Attributes:
        text: without what stands before the heading.
        delimiter: one of `DELIMITERS` or another that the file names; empty for a single column.
    """

    text: str
    delimiter: str

    @classmethod
    def of(cls, text: str) -> "DelimitedText":
        """Find the heading and the delimiter of a file's text."""
        named = _NAMED.match(text)
        if named:
            text = text[named.end() :]
        if empty := _EMPTY.match(text):
            text = text[empty.end() :]
        head = re.split(r"[\r\n]", text, maxsplit=1)[0]
        delimiter = named[1] if named else max(DELIMITERS, key=head.count)
        return cls(text, delimiter if delimiter in head else "")

    @property
    def heading(self) -> list[str]:
        """The cells of the first line, as far as it can be read alone."""
        head = re.split(r"[\r\n]", self.text, maxsplit=1)[0]
        return [cell.strip(' "') for cell in head.split(self.delimiter)] if self.delimiter else [head]

    def cells(self) -> list[list[str]]:
        """Split the table into lines of cells.

        Raises:
            InvalidRows: quotation marks are not closed, or stand where none may, or a cell is too long.
        """
        try:
            return _parsed(self.text, self.delimiter)
        except csv.Error as error:
            if str(error).startswith(_TOO_LONG):
                raise _cell_too_long() from error
            raise InvalidRows(
                f"This table can't be read ({error}). Nothing was read. Put quotation marks "
                "around a cell that contains any, and write each of its own twice.",
                param="file",
            ) from error

    def lines(self) -> list[str]:
        """Split a single column into its cells; what looks like a delimiter is part of a prompt.

        Raises:
            InvalidRows: a cell is too long.
        """
        try:
            return ["".join(line).strip() for line in _parsed(self.text, NO_DELIMITER)]
        except csv.Error as error:
            if str(error).startswith(_TOO_LONG):
                raise _cell_too_long() from error
            # A prompt that begins with a quoted word.
            return [line.strip() for line in self.text.splitlines()]


def _cell_too_long() -> InvalidRows:
    return InvalidRows(
        f"A cell of this table has more than {csv.field_size_limit():,} characters. Nothing was read. Shorten it: "
        f"a prompt has at most {MAX_PROMPT:,}. If no cell is that long, a quotation mark opens one and none closes it.",
        param="file",
    )


def _parsed(text: str, delimiter: str) -> list[list[str]]:
    edge = re.escape(delimiter)
    # Python's reader takes a quotation mark behind a space for a letter, and one before a space for a mistake.
    quoted = re.compile(rf'(\A|[{edge}\r\n])[ ]*("(?:[^"]|"")*+")[ ]*(?=[{edge}\r\n]|\Z)')
    closed = quoted.sub(r"\1\2", text)
    return list(csv.reader(io.StringIO(closed, newline=""), delimiter=delimiter, strict=True))
