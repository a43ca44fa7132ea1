"""What bytes of a file are: text, whatever it is called, or a refusal that says what to do."""

import codecs
import json
import re
from typing import Final

from core.inputs import parsing
from generation.batches import legacy_encodings
from generation.batches.legacy_encodings import is_no_character
from generation.errors import InvalidRows

SAVE_AS: Final = "save it again as “CSV UTF-8” or as an Excel workbook (.xlsx)"
_TABLE: Final = "choose a CSV or .xlsx file, or paste one prompt per line"
_EXPORT: Final = (
    "open it in a spreadsheet program, and save it as “CSV UTF-8” or as an Excel workbook (.xlsx)"
)
_SIGNATURES: Final[tuple[tuple[bytes, str, str], ...]] = (
    (rb"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls), or one with a password", _EXPORT),
    (rb"\t\x08\x10|\t\x08\x08", "an old Excel workbook (.xls)", _EXPORT),
    (rb"%PDF-|\s*%PDF-", "a PDF", _TABLE),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF....WEBP|BM....\0\0\0\0|II\*\0|MM\0\*|8BPS", "an image", _TABLE),
    (rb"....ftyp(?:avi[fs]|hei[cfsx]|mif1|msf1|hevc)", "an image", _TABLE),
    (
        rb"....ftyp|RIFF....AVI |\x1aE\xdf\xa3|ID3[\x02-\x04]|OggS|fLaC|RIFF....WAVE",
        "a video or sound",
        _TABLE,
    ),
    (rb"\{\\rtf", "a text document (.rtf)", _TABLE),
    (
        rb"\x1f\x8b|7z\xbc\xaf|Rar!\x1a|BZh[1-9]1AY|\xfd7zXZ|\x28\xb5\x2f\xfd",
        "a packed file",
        f"unpack it, and {_TABLE}",
    ),
    (rb"SQLite format 3\0|PAR1|ARROW1", "a database", _EXPORT),
    (rb"\x7fELF|MZ[^\n]{0,64}\0", "a program", _TABLE),
)
"""How files begin that are no text: what each is, and what to do."""
_KINDS: Final = [(re.compile(head, re.DOTALL), what, advice) for head, what, advice in _SIGNATURES]
_MARKUP: Final = re.compile(r"\s*<(?:\?xml|!doctype|html|svg|table|head|meta)\b", re.IGNORECASE)
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    # Before those of UTF-16, which begin alike.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED: Final = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_ESCAPED: Final = ((rb"\x1b\$[@B]|\x1b\([IJ]", "iso2022_jp_ext"), (rb"\x1b\$\)C", "iso2022_kr"))
"""Encodings of ASCII bytes alone, by what switches their alphabet."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_WIDE_TEXT: Final = re.compile(r"[\t\n\r -~]")


def text_of(data: bytes) -> str:
    """Read a file's text: Unicode in any form, or an older encoding where there is no doubt which.

    Raises:
        InvalidRows: it is something else than text, or could be several texts.
    """
    for head, what, advice in _KINDS:
        if head.match(data):
            raise not_read(f"The file is {what}, whatever it is called", advice)
    text = _decoded(data).removeprefix("\N{BYTE ORDER MARK}").rstrip("\x1a")
    if parsing.REPLACEMENT_CHARACTER in text:
        raise not_read(
            "Letters of this file were lost when it was saved", f"open the original, and {SAVE_AS}"
        )
    # Not `is_no_character`: there are emoji that are newer than this Python.
    if _CONTROL.search(text):
        raise not_read("The file is damaged, or no text", SAVE_AS)
    if _MARKUP.match(text):
        raise not_read("The file is a web page or XML", _EXPORT)
    if _is_json(text):
        raise not_read("The file is JSON", f"{_TABLE}; programs can use the API")
    return text


def not_read(what: str, advice: str) -> InvalidRows:
    """Build the refusal of a file: what it is, and what to do."""
    return InvalidRows(f"{what}. Nothing was read; {advice}.", param="file")


def _decoded(data: bytes) -> str:
    marked = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), None)
    escaped = next((name for switch, name in _ESCAPED if re.search(switch, data)), None)
    encoding = marked[1] if marked else escaped or _without_mark(data) or "utf-8"
    try:
        return data.removeprefix(marked[0] if marked else b"").decode(encoding)
    except UnicodeDecodeError:
        text = None if marked or escaped else legacy_encodings.decode(data)
    if text is None:
        raise not_read("The file is not in UTF-8, and no other encoding fits it for sure", SAVE_AS)
    return text


def _without_mark(data: bytes) -> str | None:
    """Find the form of Unicode in which bytes with NUL are text: it has line ends or letters of ASCII."""
    if b"\0" not in data:
        return None
    for encoding in _UNMARKED:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _WIDE_TEXT.search(text) and not any(map(is_no_character, set(text))):
            return encoding
    return None


def _is_json(text: str) -> bool:
    """Return whether it is one JSON document, or has one on each line; a prompt may begin with a bracket."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    for part in (text, text.strip().partition("\n")[0]):
        try:
            if isinstance(json.loads(part), dict | list):
                return True
        except (ValueError, RecursionError):
            continue
    return False
