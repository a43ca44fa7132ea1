# ruff: noqa: RUF001 -- letters of all alphabets
"""Text in the encodings that spreadsheets wrote before Unicode, read where there is no doubt which one it is.

The bytes of one encoding mean something in most others. So a file is read in each, and the readings that could be
somebody's language must agree. Detection by frequencies (charset-normalizer 3.5) takes short Japanese tables for
Korean and is sure of it, and a table of prompts is short.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Final

type Reading = Callable[[str], bool]

_LATIN: Final = (
    "äöüß", "àâæçéèêëîïôœùûüÿ", "áéíñóúüªº", "àáâãçéêíóôõúüªº", "àèéìíîòóùú", "åäöé", "åæøéòô", "áðéíóúýþæö",
    "áéëïíóöüèê", "àçèéíïòóúü", "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíľňóôšťúýž", "áéíóöőúüű", "ăâîșțşţ", "čćđšž",
    "çğıİöşüâîû", "ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž",
)  # fmt: skip
"""The letters beside a to z of each language of Europe, so that no reading mixes two."""
_CYRILLIC: Final = (
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "абвгдеёжзійклмнопрстуўфхцчшыьэюя", "абвгдђежзијклљмнњопрстћуфхцчџш", "абвгдѓежзѕијклљмнњопрстќуфхцчџш",
)  # fmt: skip
_GREEK: Final = ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",)
_HEBREW: Final = ("אבגדהוזחטיךכלםמןנסעףפץצקרשת",)
_ARABIC: Final = ("ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي", "ءآأؤئابةتثجحخدذرزسشصضطظعغفقلمنهوپچژگکی")
_THAI: Final = ("".join(map(chr, (*range(0x0E01, 0x0E3B), *range(0x0E40, 0x0E4F)))),)

_DOUBLE: Final = "“”„«»"
_QUOTES: Final = f"{_DOUBLE}‘’‚‹›–—…\N{NO-BREAK SPACE}"
_SIGNS: Final = "°±²³½¼¾€£¥©®™§•·×"
_BEFORE: Final = "¿¡"
_WORD: Final = re.compile(r"[^\W\d_]+")
_PLAIN: Final = re.compile(r"[A-Za-z]")
_HIGH: Final = re.compile(r"[^\x00-\x7f]")
_MISPLACED: Final = re.compile(
    # A sign where a word goes on, which was a letter; quotation marks and dashes that belong to no word.
    rf"[{_SIGNS}][{_SIGNS}{_BEFORE}]|[{_SIGNS}][^\W\d_]|[^\W\d_][{_BEFORE}]|[^\W\d_][{_DOUBLE}][^\W\d_]"
    r"|(?<![\w.,!?…])’|‘(?!\w)|[–—](?![\w\s“„‘«]|$)"
    # Letters that end words, or begin them.
    r"|[ςךםןףץ]\w|\wþ"
    # Vowels and tones of Thai that have no consonant.
    r"|(?<![ก-ฮ])[ัิ-ฺ]|(?<![ก-ฮัิ-ฺ])[็-๎]|(?<![ก-ฮ่-๋ัๅา])[ะาำๅ]|[เ-ไ](?![ก-ฮ])",
    re.MULTILINE,
)
_VOWEL: Final = re.compile("[ะาำ-ฺเ-ๅ็-๎]")
_RARE: Final = re.compile("[ฃฅฆฌฎฏฐฑฒฬฮฯฺํ๎ๆ]")
_PAIRS: Final = ("‘’", "‹›", "¿?", "¡!")
"""The first never comes more often than the second."""

COMMON: Final = 0.8
"""Part of the signs of a script that are the common ones, at least."""
JUDGED: Final = 50_000
"""Letters at the beginning that are judged; the others must only be characters."""
MANY: Final = 12
"""Signs that are enough to tell languages with the same bytes."""
FEW: Final = 4
WORD: Final = 3
"""Letters of a word that is no accident."""
_TRAIL: Final = 0xA1
"""The least second byte of a pair in what Unix and the national standards have."""
_PUNCTUATION: Final = range(0xA1, 0xA4)
_HANZI: Final = range(0xB0, 0xD8)
_BEYOND_KANJI: Final = range(0xD0, 0xD8)
_HANGUL: Final = range(0xB0, 0xC9)
_BIG5: Final = range(0xA4, 0xC7)
"""First bytes of pairs: of signs, and of characters that are common."""
_LONGEST_KOREAN: Final = 9


def decode(data: bytes) -> str | None:
    """Read a file that isn't in Unicode.

    Returns:
        The text; None if it could be several ones, or none at all.
    """
    readings = {text for encoding, is_text in READINGS.items() if (text := _read(data, encoding, is_text))}
    return readings.pop() if len(readings) == 1 else None


def _read(data: bytes, encoding: str, is_text: Reading) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return text if not any(map(is_no_character, set(text))) and is_text(text[:JUDGED]) else ""


def is_no_character(letter: str) -> bool:
    """Return whether no text has this: a control character, or a place where there is no character."""
    return unicodedata.category(letter) in {"Cc", "Cn", "Co", "Cs"} and letter not in "\t\n\r\v\f"


def _of_latin(text: str) -> bool:
    """Read what has the letters of one language among those of ASCII, and more of these."""
    lines = [line for line in text.splitlines() if not line.isascii()]
    high = sum(len(_HIGH.findall(line)) for line in lines)
    plain = sum(len(_PLAIN.findall(line)) for line in lines)
    longest = max((len(word) for word in _WORD.findall(text) if not word.isascii()), default=WORD)
    return plain >= max(high, FEW) and longest >= WORD and _has_letters(text, _LATIN)


def _of_letters(alphabets: Sequence[str]) -> Reading:
    """Read what has the letters of one language, in words of their own."""

    def is_text(text: str) -> bool:
        words = [word for word in _WORD.findall(text) if not word.isascii()]
        apart = not any(letter.isascii() for word in words for letter in word)
        return apart and sum(map(len, words)) >= MANY and _has_letters(text, alphabets)

    return is_text


def _is_thai(text: str) -> bool:
    """Read what is long enough, and has as many vowels and common letters, as no Korean text has there."""
    letters = len(_HIGH.findall(text))
    vowels, rare = len(_VOWEL.findall(text)), len(_RARE.findall(text))
    return (
        letters >= 2 * MANY
        and vowels * 10 >= letters * 3
        and rare * 12 <= letters
        and _has_letters(text, _THAI)
    )


def _has_letters(text: str, alphabets: Sequence[str]) -> bool:
    """Return whether the text has the letters of one of these languages, each where it may stand."""
    high = set(_HIGH.findall(text)) - {*_QUOTES, *_SIGNS, *_BEFORE}
    return (
        any(high <= {*letters, *letters.upper()} for letters in alphabets)
        and not _MISPLACED.search(text)
        and not sum(map(text.count, _DOUBLE)) % 2
        and all(text.count(first) <= text.count(second) for first, second in _PAIRS)
        and all(map(_is_word, _WORD.findall(text)))
    )


def _is_word(word: str) -> bool:
    """Return whether only its first letter is a capital, or all of them are."""
    return word.isascii() or word[1:].lower() == word[1:] or word.upper() == word


def _japanese(encoding: str, kana: Sequence[int], kanji: range, signs: Sequence[int], least: int) -> Reading:
    """Read what has kana, and kanji that are taught."""

    def is_text(text: str) -> bool:
        leads = [one[0] for one in _signs(text, encoding)]
        in_kana = sum(lead in kana for lead in leads)
        return (
            len(leads) >= least
            and in_kana * 4 >= len(leads)
            and _are_common(lead in kana or lead in kanji or lead in signs for lead in leads)
        )

    return is_text


def _is_simplified_chinese(text: str) -> bool:
    """Read what has the common characters of GB 2312, some of which no Korean or Japanese text has there."""
    pairs = [one for one in _signs(text, "gb18030") if one[0] not in _PUNCTUATION]
    korean = sum(one[0] in _HANGUL for one in pairs)
    return (
        len(pairs) >= FEW
        and any(one[0] in _BEYOND_KANJI for one in pairs)
        and korean * 10 <= len(pairs) * 9
        and _are_common(one[0] in _HANZI and one[-1] >= _TRAIL for one in pairs)
    )


def _is_traditional_chinese(text: str) -> bool:
    """Read what has the common characters of Big5, some of which end with a byte as no other encoding's do."""
    pairs = [one for one in _signs(text, "big5") if one[0] not in _PUNCTUATION]
    low = sum(one[-1] < _TRAIL for one in pairs)
    return len(pairs) >= FEW and low * 6 >= len(pairs) and _are_common(one[0] in _BIG5 for one in pairs)


def _is_korean(text: str) -> bool:
    """Read what has syllables of KS X 1001 alone, in words, and enough of them to be no Chinese."""
    pairs = [one for one in _signs(text, "cp949") if one[0] not in _PUNCTUATION]
    longest = max(map(len, re.findall("[가-힣]+", text)), default=0)
    return (
        len(pairs) >= MANY
        and longest <= _LONGEST_KOREAN
        and all(one[0] in _HANGUL and one[-1] >= _TRAIL for one in pairs)
    )


def _signs(text: str, encoding: str) -> list[bytes]:
    """Return the bytes of each sign that is not ASCII."""
    return [letter.encode(encoding) for letter in _HIGH.findall(text)]


def _are_common(found: Iterable[bool]) -> bool:
    common = list(found)
    return sum(common) >= COMMON * len(common)


READINGS: Final[dict[str, Reading]] = {
    "cp932": _japanese("cp932", (0x82, 0x83), range(0x88, 0x98), (0x81, 0x87), 1),
    "euc_jp": _japanese("euc_jp", (0xA4, 0xA5), range(0xB0, 0xD0), (0xA1, 0xA3), 8),
    "gb18030": _is_simplified_chinese,
    "big5": _is_traditional_chinese,
    "cp949": _is_korean,
    "cp874": _is_thai,
    "cp1250": _of_latin,
    "cp1251": _of_letters(_CYRILLIC),
    "cp1252": _of_latin,
    "cp1253": _of_letters(_GREEK),
    "cp1254": _of_latin,
    "cp1255": _of_letters(_HEBREW),
    "cp1256": _of_letters(_ARABIC),
    "cp1257": _of_latin,
}
"""The code pages of Windows, and Japanese as Unix wrote it; each with what tells that it may be right."""
