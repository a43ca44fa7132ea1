"""Markdown of ours as an article: headings that are their own links, boxes of samples, and a table of contents."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.html import escape
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from api.manual.samples import LEXERS, PROGRAMS, Sample, box

SAMPLE: Final = "sample"
"""The kind of token that stands for a run of code blocks."""
CODE: Final = "Code"
"""The head of a table whose rows can be linked to, each by the code in its first cell."""

type Link = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of an article with the plain text below it; the title's own has no anchor."""

    title: str
    anchor: str
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Article:
    """A page of Markdown.

    Attributes:
        title: its first heading.
        lead: its first paragraph, in plain text.
        html: all of it.
        sections: its parts in order, the title's first.
    """

    title: str
    lead: str
    html: SafeString
    sections: tuple[Section, ...]

    @property
    def contents(self) -> list[Section]:
        """The parts that a table of contents lists."""
        return [one for one in self.sections if one.level == 2]  # noqa: PLR2004 -- HTML's own h2


class _Renderer(RendererHTML):
    """Renders what differs from plain HTML."""

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        """Make a heading its own link; the title leads nowhere."""
        token = tokens[idx]
        if token.tag == "h1":
            return "<h1>"
        name = slug(plain(tokens[idx + 1]))
        return f'<{token.tag} id="{name}"><a class="anchor" href="#{name}">'

    def heading_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        """End a heading."""
        tag = tokens[idx].tag
        return f"</{tag}>\n" if tag == "h1" else f"</a></{tag}>\n"

    def paragraph_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        """Make the first paragraph the lead."""
        if tokens[idx].hidden:
            return ""
        follows_title = idx > 0 and tokens[idx - 1].tag == "h1"
        return '<p class="lead">' if follows_title else "<p>"

    def sample(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        """Render a run of code blocks as one box."""
        return box(tokens[idx].meta["samples"], f"s{idx}")

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        """Let a wide table scroll in its own box, which the keyboard reaches."""
        return '<div class="scroll" role="group" aria-label="Table" tabindex="0"><table class="table">\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        """End a table."""
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        """Open a head's cell, which is no head where nothing stands in it."""
        return '<th scope="col">' if tokens[idx + 1].content else "<td>"

    def th_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        """Close a head's cell."""
        return "</th>" if tokens[idx - 1].content else "</td>"

    def tr_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        """Name the rows of a table of codes."""
        if not tokens[idx].meta.get("code"):
            return "<tr>"
        return f'<tr id="{escape(tokens[idx].meta["code"])}">'


_parser = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")


def article(text: str, link: Link) -> Article:
    """Render Markdown.

    Args:
        text: our own; HTML in it is shown as text.
        link: turns the address of a link in the text into one on the site.
    """
    tokens = list(_with_samples(_parser.parse(text)))
    _name_rows(tokens)
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", link(str(child.attrGet("href"))))
    sections = tuple(_sections(tokens))
    lead = next((plain(token) for token in tokens[3:] if token.type == "inline"), "")
    html = SafeString(_parser.renderer.render(tokens, _parser.options, {}))
    return Article(sections[0].title, lead, html, sections)


def inline(text: str) -> SafeString:
    """Render a sentence or two of ours, without links and blocks."""
    return SafeString(_parser.renderInline(text))


def paragraphs(text: str) -> SafeString:
    """Render paragraphs of ours."""
    return SafeString(_parser.render(text))


def slug(title: str) -> str:
    """Name a heading as GitHub does, so that links work there, too."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def plain(token: Token) -> str:
    """Return what a line says, without its marks."""
    return "".join(
        " " if child.type in {"softbreak", "hardbreak"} else child.content for child in token.children or ()
    )


def code_blocks(text: str) -> list[Sample]:
    """Return the code blocks of a text, in order."""
    return [Sample(_language(one), one.content) for one in _parser.parse(text) if one.type == "fence"]


def _language(token: Token) -> str:
    word = token.info.strip()
    return word if word in LEXERS else ""


def _with_samples(tokens: Sequence[Token]) -> Iterator[Token]:
    """Put each code block, with those in other languages that follow it, into one token."""
    last: Token | None = None
    for token in tokens:
        if token.type != "fence":
            last = None
            yield token
            continue
        sample = Sample(_language(token), token.content)
        if last is not None and sample.language in PROGRAMS:
            last.meta["samples"].append(sample)
            continue
        made = Token(SAMPLE, "", 0, content=token.content, meta={"samples": [sample]})
        last = made if sample.language in PROGRAMS else None
        yield made


def _name_rows(tokens: Sequence[Token]) -> None:
    is_codes, in_body = False, False
    for place, token in enumerate(tokens):
        if token.type == "thead_open":
            is_codes, in_body = tokens[place + 3].content == CODE, False
        elif token.type == "tbody_open":
            in_body = True
        elif token.type == "tr_open" and is_codes and in_body:
            token.meta = {"code": plain(tokens[place + 2])}


def _sections(tokens: Sequence[Token]) -> Iterator[Section]:
    title, anchor, level, texts = "", "", 0, list[str]()
    heading = False
    for token in tokens:
        if token.type == "heading_open":
            if title:
                yield Section(title, anchor, level, " ".join(texts))
            heading, level, texts = True, int(token.tag[1]), []
        elif token.type == "inline" and heading:
            title, heading = plain(token), False
            anchor = "" if level == 1 else slug(title)
        elif token.type == "inline":
            texts.append(plain(token))
        elif token.type == SAMPLE:
            texts += [one.code for one in token.meta["samples"]]
    yield Section(title, anchor, level, " ".join(texts))
