# ruff: noqa: DTZ001 -- workbooks have no time zones
"""Excel workbooks: every cell as it is shown, from the first sheet with content, and nothing that harms."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import Workbook

from generation.batches import workbooks
from generation.batches.parsing import MAX_ROWS, ParsedRow, from_file
from generation.errors import InvalidRows
from generation.media.concurrency import SlotsBusy


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def of(*rows: tuple[object, ...]) -> Workbook:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return book


def packed(**parts: str | bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return file.getvalue()


def altered(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as given,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in given.namelist():
            made.writestr(name, change(given.read(name)) if name == part else given.read(name))
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
SHOWN = [
    (2, "General", "2"),
    (2.0, "0", "2"),
    (0.25, "General", "0.25"),
    (0.5, "0%", "50%"),
    (1234.5, "#,##0.00", "1,234.50"),
    (7, "0000", "0007"),
    (-3, "0;(0)", "(3)"),
    (12.5, '0.0" kg"', "12.5 kg"),
    (5, '"$"#,##0.00_);\\("$"#,##0.00\\)', "$5.00"),
    (1234567890123, "General", "1234567890123"),
    (True, "General", "TRUE"),
    (dt.datetime(2026, 11, 30), "yyyy-mm-dd", "2026-11-30"),
    (dt.datetime(2026, 11, 30), "dd.mm.yyyy", "30.11.2026"),
    (dt.datetime(2026, 11, 30), "mm-dd-yy", "2026-11-30"),
    (dt.datetime(2026, 11, 30, 14, 5), "d mmmm yyyy h:mm", "30 November 2026 14:05"),
    (dt.datetime(2026, 11, 30, 14, 5), "h:mm AM/PM", "2:05 PM"),
    (dt.time(9, 5), "hh:mm", "09:05"),
    (dt.timedelta(hours=30), "[h]:mm", "30:00"),
    ("=1+1 as text", "@", "=1+1 as text"),
]


def test_cells_are_read_as_they_are_shown():
    book = of(("prompt", "seen"))
    for number, (value, code, _) in enumerate(SHOWN, start=2):
        book.active.cell(number, 1, "a bell")
        cell = book.active.cell(number, 2, value)
        cell.number_format = code
        if isinstance(value, str):
            cell.data_type = "s"
    assert [row.columns["seen"] for row in from_file(saved(book))] == [shown for _, _, shown in SHOWN]


def test_a_table_is_a_table_and_one_column_needs_no_heading():
    book = of(
        (),
        ("Prompt", None, "Count", "Shape"),
        ("夜明けの灯台\nand a fox 🦊", None, 2.0, "3:2"),
        (),
        ("a fig",),
    )
    assert from_file(saved(book)) == [
        ParsedRow("夜明けの灯台\nand a fox 🦊", overrides={"n": "2", "size": "3:2"}),
        ParsedRow("a fig"),
    ]
    for rows in ([("prompt",), ("a fig, on a plate",)], [(None, "a fig, on a plate")]):
        assert from_file(saved(of(*rows))) == [ParsedRow("a fig, on a plate")]


def test_the_first_sheet_with_content_is_read_and_named():
    book = Workbook()
    hidden = book.create_sheet("Hidden")
    hidden.append(("prompt",))
    hidden.sheet_state = "hidden"
    book.create_sheet("Figs").append(("a fig",))
    rows = from_file(saved(book))
    assert (rows, rows.note) == ([ParsedRow("a fig")], "")
    book.create_sheet("More").append(("a bell",))
    assert from_file(saved(book)).note == "The rows come from the sheet “Figs”; the other one was not read."


def test_a_formula_gives_the_result_that_the_file_holds():
    book = saved(of(("prompt", "n"), ("a bell", 7)))
    formula = altered(book, SHEET, lambda xml: xml.replace(b"<v>7</v>", b"<f>3+4</f><v>2</v>"))
    assert from_file(formula) == [ParsedRow("a bell", overrides={"n": "2"})]


BOMB = (
    b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(10))
    + b"]>"
)
BOOK = saved(of(("prompt", "n"), ("a bell", 7)))
REFUSED = {
    "B2 of sheet “Sheet” has a formula without a result": saved(of(("prompt", "n"), ("a bell", "=1+1"))),
    "B2 of sheet “Sheet” shows #N/A": altered(BOOK, SHEET, lambda xml: xml.replace(b't="n"><v>7<', b't="e"><v>#N/A<')),
    "ZZ2 of sheet “Sheet” is too far": altered(BOOK, SHEET, lambda xml: xml.replace(b'"B2"', b'"ZZ2"')),
    "without a name": saved(of(("prompt", "n"), ("a bell", 2, "more"))),
    "must name the columns": saved(of(("a bell", 2), ("a fig", 3))),
    "No sheet": saved(Workbook()),
    "at most 1,000 rows": saved(of(*[("a bell",)] * (MAX_ROWS + 1))),
    "is a zip": packed(readme="x"),
    "a document": packed(word__document_xml="<x/>"),
    "OpenDocument": packed(mimetype="application/vnd.oasis.opendocument.spreadsheet", content_xml="<x/>"),
    "binary Excel": packed(**{"xl/workbook.bin": "x"}),
    "too large": packed(xl__workbook_xml=bytes(80 << 20)),
    "damaged": BOOK[:-100],
    "damaged, ": b"PK\x03\x04",
    "damaged, or": altered(BOOK, SHEET, lambda xml: BOMB + xml.replace(b"<v>7</v>", b"<v>&k;</v>")),
    "damaged, or of": altered(
        BOOK,
        SHEET,
        lambda xml: b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + xml.replace(b"<v>7</v>", b"<v>&x;</v>"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("words", REFUSED)
def test_what_can_t_be_read_says_why_and_what_to_do(words: str):
    with pytest.raises(InvalidRows, match=words.replace("(", r"\(")) as refused:
        from_file(REFUSED[words])
    assert "Nothing was read" in refused.value.detail or "split it" in refused.value.detail


def test_a_workbook_that_says_it_is_small_is_read_no_further():
    """A part that unpacks to more than its entry says ends there."""
    liar = bytearray(packed(xl__workbook_xml=bytes(80 << 20)))
    for signature, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = liar.index(signature) + place
        liar[at : at + 4] = (1000).to_bytes(4, "little")
    with pytest.raises(InvalidRows, match="damaged"):
        from_file(bytes(liar))


def test_no_workspace_takes_all_places(monkeypatch):
    monkeypatch.setattr(workbooks, "TIMEOUT_SECONDS", 0.01)
    with workbooks.SLOTS.taken("a"):
        with pytest.raises(SlotsBusy):
            from_file(BOOK, whose="a")
        assert from_file(BOOK, whose="b")
