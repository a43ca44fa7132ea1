"""Excel workbooks (.xlsx) as tables, read in a child process with limits."""

import json
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from generation.batches.decoding import not_read
from generation.media.concurrency import FairSlots, SlotsBusy
from generation.media.programs import run_limited
from generation.media.programs.run_limited import Limits

SIGNATURE: Final = b"PK\x03\x04"
LIMITS: Final = Limits(cpu_seconds=15, memory=768 << 20, seconds=30.0, niceness=5)
TIMEOUT_SECONDS: Final = 10.0
"""Seconds to wait for a place."""
SLOTS: Final = FairSlots(
    2,
    each=1,
    busy=lambda: SlotsBusy(
        "Too many workbooks are being read right now. Nothing was read or charged; try again in a moment.",
        retry_after=5,
    ),
)
_PROGRAM: Final = Path(__file__).parent / "programs" / "read_workbook.py"
_CSV: Final = "save the sheet with the prompts as “CSV UTF-8”"
_REFUSALS: Final = {
    "packed": ("The file is a zip", "unpack it, and choose the table in it"),
    "document": ("The file is a document or a presentation", "copy its prompts, and paste one per line"),
    "opendocument": (
        "The file is an OpenDocument file (.ods)",
        f"save it as an Excel workbook (.xlsx), or {_CSV}",
    ),
    "binary": ("The file is a binary Excel workbook (.xlsb)", f"save it as .xlsx, or {_CSV}"),
    "numbers": (
        "The file is a Numbers or Pages document",
        "export it as CSV or as an Excel workbook (.xlsx)",
    ),
    "large": ("The workbook is too large when it is unpacked", _CSV),
    "broken": (
        "The workbook is damaged, or of a kind that can't be read",
        f"save it again as .xlsx, or {_CSV}",
    ),
    "empty": ("No sheet of the workbook has anything in it", "write the prompts in its first sheet"),
    "wide": (
        "Cell {cell} of sheet “{sheet}” is too far to the right",
        "leave only the columns of the table there",
    ),
    "formula": (
        "Cell {cell} of sheet “{sheet}” has a formula without a result",
        "open the workbook in a spreadsheet program, and save it",
    ),
    "error": ("Cell {cell} of sheet “{sheet}” shows {words}", "mend its formula, and save the workbook"),
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a workbook's first sheet with content shows.

    Attributes:
        name: as people called it.
        others: the number of other sheets with content, which are not read.
        lines: its rows, those that are empty left out; every cell as it is shown.
    """

    name: str
    others: int
    lines: list[list[str]]

    @property
    def note(self) -> str:
        """What people have to know if there were several sheets."""
        if not self.others:
            return ""
        rest = "the other one was" if self.others == 1 else f"the other {self.others} were"
        return f"The rows come from the sheet “{self.name}”; {rest} not read."


def read(data: bytes, whose: Hashable, rows: int, columns: int) -> Sheet:
    """Read a workbook.

    Args:
        data: a file that begins with `SIGNATURE`.
        whose: the workspace; none can take all places.
        rows: the most that are needed.
        columns: likewise.

    Raises:
        InvalidRows: it is no workbook, damaged, or too large; or a cell has no value.
        SlotsBusy: too many workbooks are being read right now.
    """
    told = json.dumps({"rows": rows, "columns": columns}).encode()
    with SLOTS.taken(whose, TIMEOUT_SECONDS):
        answer = run_limited.run_limited(_PROGRAM, told + b"\n" + data, LIMITS)
    facts = json.loads(answer) if answer else {"refused": "large"}
    if refused := facts.pop("refused", ""):
        what, advice = _REFUSALS[refused]
        raise not_read(what.format(**facts), advice)
    return Sheet(**facts)
