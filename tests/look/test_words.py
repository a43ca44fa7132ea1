"""Words that have been called stiff or wrong stay away from everything that people read."""

import re

import pytest

from .conftest import ROOT

STIFF = [
    "you don't make",
    "went missing on the way",
    "fewer are left than",
    "none of ours",
    "nobody can say",
    "takes no orders now",
    "Not so many",
    "XHigh",
    "By invoice, more at once",
    "}Copy as<",
    "The same in code",
    "Not just now",
    "something else than",
    "the picture",
    "use {settings.BASE_URL}/billing",
    "Leave it<",
]
SHORT_DATE = re.compile(r'\|date:"j M\b|\|date:"Y-m-d H|%-d %b %Y')
NOT_READ = re.compile(r'"""[\s\S]*?"""|^\s*#.*$|\{#.*?#\}', re.MULTILINE)
HOUSES = ("accounts", "api", "billing", "config", "core", "gallery", "generation", "templates", "static/js")


@pytest.fixture(scope="module")
def texts():
    """What people read, with its file: templates, and strings of code without comments, which may say "picture"."""
    found = [path for house in HOUSES for path in (ROOT / house).rglob("*")]
    return {
        str(path.relative_to(ROOT)): NOT_READ.sub("", path.read_text())
        for path in found
        if path.suffix in {".html", ".txt", ".py"} and "migrations" not in path.parts
    }


@pytest.mark.parametrize("words", STIFF)
def test_nothing_says_it_anymore(texts, words):
    assert [name for name, text in texts.items() if words in text] == []


def test_dates_have_one_form(texts):
    assert [name for name, text in texts.items() if SHORT_DATE.search(text)] == []
