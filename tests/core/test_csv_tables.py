"""Every table that we hand out begins with the mark by which Excel knows UTF-8."""

import re
from pathlib import Path

from config.environment import ROOT
from core.outputs import csv_cells


def test_a_table_begins_with_the_mark_and_only_there():
    text = "".join(csv_cells.lines(("prompt",), [("猫",), ("a fox",)]))
    assert text == "\N{BYTE ORDER MARK}prompt\r\n猫\r\na fox\r\n"


def test_no_table_is_written_past_it():
    """Whoever writes CSV takes `csv_cells.lines`."""
    writers = [
        str(path.relative_to(ROOT))
        for house in ("accounts", "api", "billing", "config", "core", "gallery", "generation")
        for path in Path(ROOT / house).rglob("*.py")
        if re.search(r"csv\.(writer|DictWriter)|csv_cells\.line\(", path.read_text())
    ]
    assert writers == ["core/outputs/csv_cells.py"]


def test_the_example_begins_with_it_too():
    assert (ROOT / "static/files/batch-example.csv").read_bytes().startswith(b"\xef\xbb\xbfprompt")
