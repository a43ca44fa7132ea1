"""A standalone program that reads the first sheet with content of an untrusted Excel workbook.

Run by `limits.py` with a line of JSON, the most `rows` and `columns`, and then the file on standard input. Standard
output is JSON: `name`, `others` and `lines`, or why it is `refused`. Macros, links and images are not read, XML has no
entities (openpyxl parses with expat, which resolves none from outside), and of a formula only the result that the
file holds is taken. It imports nothing of the product.
"""

import datetime as dt
import io
import json
import re
import sys
import warnings
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Any, NoReturn

# openpyxl would load it for the types of its numbers, which takes longer than reading a workbook.
sys.modules["numpy"] = None  # type: ignore[assignment]
from openpyxl import load_workbook  # noqa: E402
from openpyxl.utils import get_column_letter  # noqa: E402
from openpyxl.utils.escape import unescape  # noqa: E402

UNPACKED = 64 << 20
"""The most bytes that all parts together may have."""
PARTS = 2_000
GENERAL, PLACES = "General", 10
KINDS = {"word/": "document", "ppt/": "document", "Index/": "numbers", "xl/workbook.bin": "binary"}
SECTIONS = re.compile(r'((?:[^;"\\]|"[^"]*"|\\.)*);?')
LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]')
NUMBER = re.compile(r"[#0?][#0?,]*(?:\.([0#?]+))?")
MOMENT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|AM/PM|A/P|y+|m+|d+|h+|s+(?:\.0+)?|[^ymdhs]', re.IGNORECASE)
LOCAL = ("mm-dd-yy", "m/d/yy", "[$-F800]", "[$-F400]")
"""Formats that Excel shows as the reader's country writes dates."""
HALVES = {"AM/PM", "A/P"}
PAIR = 2
WORDS = {
    ("y", 1): "%y", ("y", 2): "%y", ("m", 3): "%b", ("m", 4): "%B", ("d", 3): "%a", ("d", 4): "%A",
}  # fmt: skip


def main() -> None:
    """Read a workbook and print what its sheet shows."""
    told, _, data = sys.stdin.buffer.read().partition(b"\n")
    limits = json.loads(told)
    # Whatever openpyxl leaves out, such as validation and pivots, is no cell.
    warnings.simplefilter("ignore")
    _check_parts(data)
    try:
        answer = _read(data, limits["rows"], limits["columns"])
    except MemoryError:
        _refuse("large")
    except Exception:  # noqa: BLE001 -- openpyxl raises whatever a damaged file makes it stumble over
        _refuse("broken")
    sys.stdout.write(json.dumps(answer))


def _check_parts(data: bytes) -> None:
    """Refuse what is another kind of zip, or more than it should be when unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = {part.filename: part.file_size for part in packed.infolist()}
            kind = packed.read("mimetype")[:200] if parts.get("mimetype", UNPACKED) < UNPACKED else b""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        _refuse("broken")
    # `zipfile` reads no more of a part than it says it has.
    if len(parts) > PARTS or sum(parts.values()) > UNPACKED:
        _refuse("large")
    if b"opendocument" in kind:
        _refuse("opendocument" if b"spreadsheet" in kind else "document")
    for beginning, refusal in KINDS.items():
        if any(name.startswith(beginning) for name in parts):
            _refuse(refusal)
    if not any(name.startswith("xl/") for name in parts):
        _refuse("packed")


def _read(data: bytes, rows: int, columns: int) -> dict[str, Any]:
    results, formulas = (
        load_workbook(io.BytesIO(data), read_only=True, data_only=data_only, keep_links=False)
        for data_only in (True, False)
    )
    visible = [sheet for sheet in formulas.worksheets if sheet.sheet_state == "visible"]
    filled = [sheet for sheet in visible if any(map(_has_content, _every_row(sheet)))]
    if not filled:
        _refuse("empty")
    first = filled[0]
    both = zip(_every_row(results[first.title]), _every_row(first), strict=True)
    found = islice((pair for pair in both if _has_content(pair[1])), rows)
    lines = [
        [_shown(*cells) for cells in zip(*pair, strict=True) if _fits(cells[1], columns)] for pair in found
    ]
    return {"name": first.title[:80], "others": len(filled) - 1, "lines": lines}


def _every_row(sheet: Any) -> Iterator[Any]:
    # The size that a sheet says it has may be anything.
    sheet.reset_dimensions()
    return iter(sheet.iter_rows())


def _has_content(row: Any) -> bool:
    return any(cell.value not in (None, "") for cell in row)


def _fits(written: Any, columns: int) -> bool:
    """Return whether a cell is in one of the columns; what is written beyond them is refused."""
    if written.value in (None, ""):
        return bool(getattr(written, "column", 0) <= columns)
    if written.column > columns:
        _refuse_cell("wide", written)
    return True


def _shown(result: Any, written: Any) -> str:
    """Return a cell as people see it."""
    value = result.value
    if value is None and written.data_type == "f":
        _refuse_cell("formula", written)
    if result.data_type == "e":
        _refuse_cell("error", written, words=str(value)[:20])
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case dt.datetime() | dt.date() | dt.time() | dt.timedelta():
            return _moment(value, result.number_format)
        case int() | float():
            return _number(value, result.number_format)
        case _:
            return str(unescape(str(value)))


def _number(value: float, code: str) -> str:
    """Write a number as its format says, as far as that is digits, separators, percent and words."""
    sections = [section for section in SECTIONS.findall(code) if section] or [GENERAL]
    section, signed = sections[0], value
    if value < 0 and len(sections) > 1:
        section, signed = sections[1], -value
    elif value == 0 and len(sections) > 2:  # noqa: PLR2004 -- positive, negative, zero
        section = sections[2]
    words: list[str] = []

    def keep(found: re.Match[str]) -> str:
        words.append(found[1] or found[2] or found[3] or "")
        return f"\0{len(words) - 1}\0"

    plain = LITERAL.sub(keep, section)
    bare = re.sub(r"\0\d+\0", "", plain)
    place = NUMBER.search(
        plain_digits := re.sub(r"\0(\d+)\0", lambda found: chr(0xE000 + int(found[1])), plain)
    )
    if place is None or re.search(r"[Ee][+-]|/|General|@", bare):
        return _general(value)
    decimals = len(place[1] or "")
    scaled = signed * 100 ** bare.count("%")
    least = place[0].partition(".")[0].count("0")
    grouped = "," if "," in place[0].rstrip(",") else ""
    digits = f"{abs(scaled):{grouped}.{decimals}f}"
    if place[1] and "#" in place[1]:
        digits = digits.rstrip("0").rstrip(".")
    whole, point, rest = digits.partition(".")
    written = f"{'-' if scaled < 0 else ''}{whole.zfill(least)}{point}{rest}"
    made = plain_digits[: place.start()] + written + plain_digits[place.end() :]
    return re.sub("[\ue000-\uf8ff]", lambda found: words[ord(found[0]) - 0xE000], made).strip()


def _general(value: float) -> str:
    if value == int(value) and abs(value) < 10**15:
        return str(int(value))
    return f"{value:.{PLACES}g}"


def _moment(value: Any, code: str) -> str:
    """Write a date or a time as its format says; ISO 8601 where that depends on the reader's country."""
    if isinstance(value, dt.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if "s" in code.lower() else "")
    section = SECTIONS.findall(code)[0] if code else ""
    if section.startswith(LOCAL):
        return _iso(value)
    tokens = MOMENT.findall(section)
    twelve = any(token.upper() in HALVES for token in tokens)
    try:
        return "".join(
            _part(value, token, tokens, at, twelve=twelve) for at, token in enumerate(tokens)
        ).strip()
    except AttributeError:
        # A time has no year, a date no hour.
        return _iso(value)


def _part(value: Any, token: str, tokens: list[str], at: int, *, twelve: bool) -> str:
    """Write a part of a date."""
    letter = token[0].lower()
    if letter in '"\\[':
        return {'"': token.strip('"'), "\\": token[1:]}.get(letter, "")
    if token.upper() in HALVES:
        return str(value.strftime("%p"))
    if letter == "m" and len(token) <= PAIR and _are_minutes(tokens, at):
        return f"{value.minute:0{len(token)}}"
    if words := WORDS.get((letter, len(token))):
        return str(value.strftime(words))
    if letter == "h":
        return f"{(value.hour - 1) % 12 + 1 if twelve else value.hour:0{min(len(token), PAIR)}}"
    numbers = {"y": "year", "m": "month", "d": "day", "s": "second"}
    return f"{getattr(value, numbers[letter]):0{min(len(token), PAIR)}}" if letter in numbers else token


def _are_minutes(tokens: list[str], at: int) -> bool:
    """Return whether an m stands behind hours or before seconds."""
    before = next((one[0].lower() for one in reversed(tokens[:at]) if one[0].isalpha()), "")
    behind = next((one[0].lower() for one in tokens[at + 1 :] if one[0].isalpha()), "")
    return before == "h" or behind == "s"


def _iso(value: Any) -> str:
    if isinstance(value, dt.datetime):
        at_midnight = value.time() == dt.time()
        return value.date().isoformat() if at_midnight else value.isoformat(" ", "seconds")
    return str(value.isoformat())


def _refuse_cell(why: str, written: Any, **facts: str) -> NoReturn:
    cell = f"{get_column_letter(written.column)}{written.row}"
    _refuse(why, cell=cell, sheet=written.parent.title[:80], **facts)


def _refuse(why: str, **facts: str) -> NoReturn:
    sys.stdout.write(json.dumps({"refused": why, **facts}))
    sys.exit(0)


if __name__ == "__main__":
    main()
