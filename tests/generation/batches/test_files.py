# ruff: noqa: RUF001 -- letters of all alphabets
"""Files as they come: text in any encoding and workbooks are read rightly, or refused with what to do."""

import random
import struct
import zlib

import pytest

from generation.batches import legacy_encodings
from generation.batches.parsing import ParsedRow, from_file, from_lines
from generation.errors import InvalidRows

READ = [
    ("utf-8-sig", "prompt,name\n一只橘猫坐在窗台上,橘猫\n"),
    ("utf-16", "prompt,name\n夜明けの灯台,灯台\n"),
    ("utf-16-le", "prompt,name\n夜明けの灯台,灯台\n"),
    ("utf-16-be", "prompt,name\n夜明けの灯台,灯台\n"),
    ("utf-32", "prompt,name\na fox 🦊,fox\n"),
    ("utf-32-le", "prompt,name\na fox 🦊,fox\n"),
    ("iso2022_jp", "prompt,name\n夜明けの灯台,灯台\n"),
    ("cp932", "prompt,name\n夜明けの灯台と赤い屋根,灯台\n猫が窓辺で眠っている,猫\n"),
    ("cp932", "prompt,name\nカフェの窓,窓\n"),
    ("euc_jp", "prompt,name\n夜明けの灯台と赤い屋根,灯台\n"),
    ("gbk", "prompt,name\n一只橘猫坐在窗台上,橘猫\n黎明时分的灯塔,灯塔\n"),
    ("big5", "prompt,name\n一隻橘貓坐在窗台上,橘貓\n黎明時分的燈塔,燈塔\n"),
    ("cp949", "prompt,name\n창가에 앉은 고양이,고양이\n새벽의 등대,등대\n"),
    ("cp1250", "prompt,name\nŻółta łódź na jeziorze o świcie,łódź\n"),
    ("cp1250", "prompt,name\nKůň běží přes řeku,kůň\n"),
    ("cp1251", "prompt,name\nРыжая кошка на подоконнике,кошка\n"),
    ("cp1252", "prompt,name\nein Käfer,Käfer\n"),
    ("cp1252", "prompt,name\nUne forêt près d’un château à l’aube,forêt\n"),
    ("cp1252", "prompt,name\n¿Dónde está el niño?,niño\n"),
    ("cp1252", "prompt,name\na “quoted” fox – 5 €…,fox\n"),
    ("cp1253", "prompt,name\nΈνας φάρος την αυγή,φάρος\n"),
    ("cp1254", "prompt,name\nGüneşli bir günde çocuk ağaç altında,ağaç\n"),
    ("cp1256", "prompt,name\nمنارة عند الفجر,منارة\n"),
    ("cp1257", "prompt,name\nŠvyturys auštant ir ąžuolas,ąžuolas\n"),
    ("cp874", "prompt,name\nแมวสีส้มนั่งอยู่ริมหน้าต่าง,แมว\n"),
]

IN_DOUBT = [
    ("cp932", "prompt\n猫\n"),
    ("gbk", "prompt\n狗\n"),
    ("big5", "prompt\n貓\n"),
    ("cp949", "prompt\n고양이\n"),
    ("koi8_r", "prompt,name\nРыжая кошка на подоконнике,кошка\n"),
    ("cp866", "prompt,name\nРыжая кошка на подоконнике,кошка\n"),
    ("mac_roman", "prompt,name\nein grüner Käfer auf einem Blatt,Käfer\n"),
    ("cp437", "prompt,name\nein grüner Käfer,Käfer\n"),
    ("cp1255", "prompt,name\nחתול בחלון,חתול\n"),
    ("cp1258", "prompt,name\nNgôi nhà bên hồ".replace("ồ", "ô\u0300") + ",nhà\n"),
]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0\0\0\0"))
    + chunk(b"IEND", b"")
)
NO_TABLES = {
    "image": PNG,
    "image ": b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(range(256)),
    " image": b"\0\0\0\x1cftypavif\0\0\0\0" + bytes(64),
    "an image": b"GIF89a\1\0\1\0\0\0\0",
    "PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
    "old Excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
    "packed": b"\x1f\x8b\x08\0" + bytes(40),
    "rtf": rb"{\rtf1\ansi A fox}",
    "web page": b"<!DOCTYPE html><html><body><table><tr><td>prompt</td></tr></table>",
    "XML": b'\xef\xbb\xbf<?xml version="1.0"?><rows/>',
    "JSON": b'[{"prompt": "a fox"}]',
    "is JSON": b'{"prompt": "a fox"}\n{"prompt": "a hare"}\n',
    "no text": b"prompt\na f\0ox\n",
    "damaged": b"prompt\na fox\x01\x02\n",
    "lost": "prompt\na f\N{REPLACEMENT CHARACTER}x\n".encode(),
    "not in UTF-8": "prompt\nein Käfer\n".encode()[:-1] + b"\xff\n",
}


@pytest.mark.parametrize(("encoding", "text"), READ)
def test_it_is_read_rightly(encoding: str, text: str):
    rows = from_file(text.encode(encoding))
    assert rows == [ParsedRow(*line.rsplit(",", 1)) for line in text.splitlines()[1:]]


@pytest.mark.parametrize(("encoding", "text"), IN_DOUBT)
def test_what_could_be_several_texts_is_refused_with_what_to_do(encoding: str, text: str):
    with pytest.raises(InvalidRows, match="CSV UTF-8"):
        from_file(text.encode(encoding))


@pytest.mark.parametrize("words", NO_TABLES)
def test_what_is_no_table_says_what_it_is_and_what_to_do(words: str):
    with pytest.raises(InvalidRows, match=words.strip()) as refused:
        from_file(NO_TABLES[words])
    assert "Nothing was read; " in refused.value.detail


def test_bytes_of_nothing_are_never_prompts():
    chance = random.Random(13)
    for size in (4, 16, 64, 500, 5_000):
        for _ in range(20):
            with pytest.raises(InvalidRows):
                from_file(b"\x80" + chance.randbytes(size) + b"\x81")


@pytest.mark.parametrize(
    "data",
    [
        b"sep=;\nprompt;n\na bell, brass;2\n",
        b"\xef\xbb\xbfsep=;\r\nprompt;n\r\na bell, brass;2\r\n",
        b'"sep=;"\nprompt;n\na bell, brass;2\n',
        b"SEP=^\nprompt^n\na bell, brass^2\n",
        b"\n\r\n  \nprompt;n\na bell, brass;2\n",
        b';;\n"";\nprompt;n\na bell, brass;2\n',
        b'prompt, n\n "a bell, brass", 2\n',
        b'"prompt" , "n"\n"a bell, brass" , "2" \n',
        b'prompt\t n\n "a bell, brass"\t 2\n',
        "ｐｒｏｍｐｔ；n\n".replace("；", ";").encode() + b"a bell, brass;2",
        b"prompt;n\r a bell, brass;2\r",
        b"prompt;n\na bell, brass;2\n\x1a",
    ],
)
def test_tables_are_read_however_they_begin_and_are_spaced(data: bytes):
    assert from_file(data) == [ParsedRow("a bell, brass", overrides={"n": "2"})]


def test_quotation_marks_within_a_cell_stay():
    assert from_file(b'prompt,n\n"a ""b"" , c",1\n"a, ""b""" , 2\n') == [
        ParsedRow('a "b" , c', overrides={"n": "1"}),
        ParsedRow('a, "b"', overrides={"n": "2"}),
    ]


def test_a_single_column_may_begin_late_too():
    assert from_file(b"sep=;\n\n\nprompt\nA cat, sitting\n") == [ParsedRow("A cat, sitting")]


@pytest.mark.parametrize(
    "text",
    ["prompt\tn\na bell, brass\t2\n", "\nprompt;count\na bell, brass;2", 'prompt,n\n"a bell, brass", 2'],
)
def test_a_table_that_is_pasted_is_a_table(text: str):
    assert from_lines(text) == [ParsedRow("a bell, brass", overrides={"n": "2"})]


def test_lines_that_are_pasted_stay_lines():
    for line in ("prompt, engineering poster", "text, bold", "a fox; name of the wind", "prompt me, gently"):
        assert from_lines(f"{line}\na fig") == [ParsedRow(line), ParsedRow("a fig")]
    assert from_lines("Prompt\na fig") == [ParsedRow("a fig")]


COMMON = {
    "cp932": (range(0x88, 0x98), range(0x40, 0xFD)),
    "gbk": (range(0xB0, 0xD8), range(0xA1, 0xFF)),
    "big5": (range(0xA4, 0xC7), (*range(0x40, 0x7F), *range(0xA1, 0xFF))),
    "cp949": (range(0xB0, 0xC9), range(0xA1, 0xFF)),
    "euc_jp": (range(0xB0, 0xD0), range(0xA1, 0xFF)),
}


@pytest.mark.parametrize("encoding", COMMON)
def test_a_few_characters_are_never_read_as_others(encoding: str):
    """Any one to ten common characters of an encoding are read as themselves or not at all."""
    chance = random.Random(13)
    leads, trails = COMMON[encoding]
    for number in range(1, 11):
        for _ in range(60):
            pairs = [bytes((chance.choice(leads), chance.choice(trails))) for _ in range(number)]
            text = "".join(pair.decode(encoding, "ignore") for pair in pairs)
            data = text.encode(encoding)
            # What is UTF-8 by chance can't be told from it.
            if text and data.decode(errors="replace").encode() != data:
                assert legacy_encodings.decode(b"prompt\n" + data) in {None, f"prompt\n{text}"}


@pytest.mark.parametrize("cell", ["x" * 131_073, '"' + "x" * 131_073 + '"', "a " * 70_000])
@pytest.mark.parametrize("heading", ["prompt,name\n", "name;prompt\n"])
def test_a_cell_that_is_far_too_long_is_told_by_its_length(cell: str, heading: str):
    row = f"{cell},a" if heading.startswith("prompt") else f"a;{cell}"
    with pytest.raises(InvalidRows, match=r"more than 131,072 characters.*at most 32,000") as refused:
        from_file((heading + row + "\n").encode())
    assert "write each of its own twice" not in str(refused.value)


def test_a_single_column_s_cell_that_is_far_too_long_is_told_too():
    with pytest.raises(InvalidRows, match="more than 131,072 characters"):
        from_file(b"prompt\n" + b"x" * 131_073)
