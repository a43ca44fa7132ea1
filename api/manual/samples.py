"""Samples of code as HTML: one box for each run of code blocks that follow each other, a tab for each language."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from django.template.loader import render_to_string
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from pygments.lexer import Lexer
from pygments.lexers import BashLexer, HttpLexer, JavascriptLexer, JsonLexer, PhpLexer, PythonLexer, TextLexer
from pygments.token import Comment, Keyword, Literal, Name, Number, String, _TokenType

TOKEN: Final = "CREATEIO_TOKEN"  # noqa: S105 -- a variable's name
"""The variable that holds a token in every sample; a person's own name for it takes its place."""
MARKED_TOKEN: Final = f"<mark>{TOKEN}</mark>"
LEXERS: Final[dict[str, tuple[str, Lexer]]] = {
    "sh": ("cURL", BashLexer()),
    "python": ("Python", PythonLexer()),
    "js": ("JavaScript", JavascriptLexer()),
    "php": ("PHP", PhpLexer(startinline=True)),
    "json": ("JSON", JsonLexer()),
    "http": ("HTTP", HttpLexer()),
    "": ("Text", TextLexer()),
}
"""What a language is called on its tab, and what reads it, by its word in Markdown."""
PROGRAMS: Final = ("sh", "python", "js", "php")
"""Languages of which one chooses one for all samples."""
TAGS: Final = (
    (String.Escape, ""),
    (Comment, "i"),
    (Keyword, "i"),
    (Number, "b"),
    (Literal.Number, "b"),
    (Name.Constant, "b"),
    (String, "u"),
)
"""Elements that `static/css/components/code.css` colors, by kind of token."""


class Sample(NamedTuple):
    """A piece of code in one language."""

    language: str
    code: str

    @property
    def label(self) -> str:
        """The language as people call it."""
        return "Shell" if self.language == "sh" and "curl" not in self.code else LEXERS[self.language][0]

    @property
    def html(self) -> SafeString:
        """The code with its colors."""
        return highlight(self.code, self.language)


def highlight(code: str, language: str) -> SafeString:
    """Color code, and mark where it names the token's variable."""
    lexer = LEXERS.get(language, LEXERS[""])[1]
    parts = ((_tag(kind), text) for kind, text in lexer.get_tokens(code.rstrip("\n")))
    lines = format_html_join("", "{}", ((_colored(tag, text),) for tag, text in _joined(parts)))
    return SafeString(lines.rstrip("\n").replace(TOKEN, MARKED_TOKEN))


def box(samples: Sequence[Sample], name: str) -> str:
    """Render samples as one box.

    Args:
        samples: the same in several languages, or one.
        name: of the box on its page.
    """
    return render_to_string("manual/sample.html", {"samples": samples, "name": name})


def _tag(kind: _TokenType) -> str:
    return next((tag for family, tag in TAGS if kind[: len(family)] == family), "")


def _joined(parts: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Join neighbors of one color."""
    color, text = "", ""
    for tag, more in parts:
        if tag == color:
            text += more
            continue
        yield color, text
        color, text = tag, more
    yield color, text


def _colored(tag: str, text: str) -> SafeString:
    return format_html("<{0}>{1}</{0}>", SafeString(tag), text) if tag else escape(text)
