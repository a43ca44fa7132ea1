"""What is read from outside is bounded, and says so."""

import datetime as dt
import json

import pytest

from core.inputs import parsing

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
    assert parsing.number(text) is None


def test_numbers_end_where_postgresql_ends():
    assert parsing.number("2147483647") == 2**31 - 1
    assert parsing.number("2147483648") is None
    assert parsing.number("2147483648", most=parsing.FAR) == 2**31
    assert parsing.number("0", least=1) is None
    assert parsing.number("-7", least=-9) == -7


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
    assert parsing.day(text) is None


def test_days_and_months():
    assert parsing.day("2026-02-28") == dt.date(2026, 2, 28)
    assert parsing.day("2099-12-31") == parsing.LAST
    assert parsing.month("2026-02") == dt.date(2026, 2, 1)
    assert parsing.month("9999-12") is parsing.month("0001-01") is parsing.month("2026-02-01") is None


def test_what_is_no_text_is_replaced():
    assert parsing.to_valid_text("a\0b\ud800") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    assert parsing.to_valid_text("\U0001f600 ä") == "\U0001f600 ä"


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
    with pytest.raises(parsing.Unreadable) as refused:
        parsing.json_document(said)
    assert refused.value.where == where


@pytest.mark.parametrize("said", ["", "{", "NaN", "[-Infinity]", b"\xff\xfe", f'{{"n": {LONG}}}'])
def test_what_is_no_document(said):
    with pytest.raises(ValueError):  # noqa: PT011 -- json's own words
        parsing.json_document(said)


def test_a_document():
    said = {
        "a": [1, 2.5, "ä\U0001f600", None, True, {}],
        "b": {"": []},
        "deep": json.loads("[" * 31 + "]" * 31),
    }
    assert parsing.json_document(json.dumps(said)) == said
    assert parsing.json_document(b"\xef\xbb\xbf" + json.dumps(said).encode()) == said
