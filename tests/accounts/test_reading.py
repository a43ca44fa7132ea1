"""What is read from outside is bounded, and says so."""

import datetime as dt
import json

import pytest

from accounts import reading

LONG = "9" * 5_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1\n",
        "+1",
        "1_000",
        "1.5",
        "0x10",
        "²",
        "٣",
        "\N{FULLWIDTH DIGIT ONE}",
        "-",
        LONG,
        "-1",
    ],
)
def test_what_is_no_number(text):
    assert reading.number(text) is None


def test_numbers_end_where_postgresql_ends():
    assert reading.number("2147483647") == 2**31 - 1
    assert reading.number("2147483648") is None
    assert reading.number("2147483648", most=reading.FAR) == 2**31
    assert reading.number("0", least=1) is None
    assert reading.number("-7", least=-9) == -7


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-1-1",
        "2026-02-30",
        "20260101",
        "2026-W01-1",
        "9999-12-31",
        "0001-01-01",
        "²026-01-01",
        "2026-01-01\n",
    ],
)
def test_what_is_no_day(text):
    assert reading.day(text) is None


def test_days_and_months():
    assert reading.day("2026-02-28") == dt.date(2026, 2, 28)
    assert reading.day("2099-12-31") == reading.LAST
    assert reading.month("2026-02") == dt.date(2026, 2, 1)
    assert reading.month("9999-12") is reading.month("0001-01") is reading.month("2026-02-01") is None


def test_what_is_no_text_is_replaced():
    assert reading.legible("a\0b\ud800") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    assert reading.legible("\U0001f600 ä") == "\U0001f600 ä"


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ('{"a": {"b": ["\\u0000"]}}', "a.b"),
        ('{"a": [1, {"\\ud800": 1}]}', "a.\ud800"),
        ('["\\udc00"]', ""),
        ('{"n": 1e999}', "n"),
        ('{"n": -1e999}', "n"),
        ("[" * 33 + "]" * 33, ""),
        ("[" * 20_000, ""),
        ('{"a": ' * 33 + "1" + "}" * 33, ".".join("a" * 32)),
    ],
)
def test_a_document_that_nothing_can_keep(said, where):
    with pytest.raises(reading.Unreadable) as refused:
        reading.document(said)
    assert refused.value.where == where


@pytest.mark.parametrize("said", ["", "{", "NaN", "[-Infinity]", b"\xff\xfe", f'{{"n": {LONG}}}'])
def test_what_is_no_document(said):
    with pytest.raises(ValueError):  # noqa: PT011 -- json's own words
        reading.document(said)


def test_a_document():
    said = {
        "a": [1, 2.5, "ä\U0001f600", None, True, {}],
        "b": {"": []},
        "deep": json.loads("[" * 31 + "]" * 31),
    }
    assert reading.document(json.dumps(said)) == said
    assert reading.document(b"\xef\xbb\xbf" + json.dumps(said).encode()) == said
