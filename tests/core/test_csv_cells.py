"""Cells that a spreadsheet would run are marked, in every export, and read again as they were."""

import csv
import io
import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.outputs import csv_cells

WIDE = "\uff1d\uff0b\uff0d\uff20\uff5c\uff05\ufe66\ufe62\ufe63\ufe6b\u207c\u207a\u208c\u2212"
"""The same of full width, small, raised and lowered, and the mathematical minus."""
OPERATORS = [*"=+-@|%", *WIDE]
UNSEEN = [
    "", " ", "\t", "\r", "\n", "\r\n", "\x0b", "\x0c", "\x1b", "\x85", "\xa0", "\ufeff", "\u200b", "\u200d", "\u2060",
    "\u3000", "\u2003", "\u2028", "\u2029", "\u202e", "\u200e", "\xad", " \xa0\ufeff\n",
]  # fmt: skip
HARMLESS = [
    "a fox",
    "a=b",
    "a-b",
    "1",
    "3 - 2",
    " a",
    "\xa0a",
    "'",
    "''",
    "it's",
    "' a",
    "",
    " ",
    "(=1)",
    '"=1"',
    "é",
    "猫",
]


@pytest.mark.parametrize("operator", OPERATORS, ids=ascii)
@pytest.mark.parametrize("before", UNSEEN, ids=ascii)
def test_what_a_spreadsheet_would_run_is_marked(before, operator):
    text = f"{before}{operator}1+1"
    assert csv_cells.escape_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["\tfox", "\rfox", "\nfox", "\x00fox", "\x1b[31m"], ids=ascii)
def test_what_begins_with_a_control_character_is_marked(text):
    assert csv_cells.escape_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS, ids=ascii)
def test_all_else_stays_as_it_is(text):
    assert csv_cells.escape_formula(text) == text == csv_cells.unescape_formula(text)


@pytest.mark.parametrize("number", [-5, Decimal("-1.5"), -0.5, 0])
def test_numbers_are_no_formulas(number):
    assert csv_cells.escape_formula(number) == str(number)


def test_nothing_is_an_empty_cell():
    assert csv_cells.line([None, "", date(2026, 11, 30)]) == ",,2026-11-30\r\n"


@pytest.mark.parametrize("text", ["'=1", "''=1", "'a", "'\t=1", "'", "' =1"], ids=ascii)
def test_marks_of_ones_own_stay(text):
    assert csv_cells.unescape_formula(csv_cells.escape_formula(text)) == text


@given(st.text("'=+-@|% \t\r\n\ufeff\xa0\uff1da1"))
def test_every_cell_is_read_as_it_was_written(text):
    (row,) = csv.reader(io.StringIO(csv_cells.line([text, "end"]), newline=""))
    assert csv_cells.unescape_formula(row[0]) == text
    assert not re.match(r"[\s\ufeff\xa0]*[=+\-@|%\uff1d]", row[0])
