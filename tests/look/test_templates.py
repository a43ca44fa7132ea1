import re

import pytest
from django.template import TemplateSyntaxError
from django.template.loader import get_template, render_to_string

from config.ui.icons import icon_markup

from .conftest import ROOT, name_of, pages, templates

ICON = re.compile(r"""\{%\s*icon\s+"([^"]+)"|\bicon="([^"]+)"|icon\|default:"([^"]+)\"""")

NAMED_ELSEWHERE = re.compile(r"(account|mfa|allauth|django)/|[45]\d\d(_csrf)?\.html$|admin/index\.html$")
"""Templates of these names are rendered by allauth and by Django."""


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_compiles(path):
    get_template(name_of(path))


def test_every_template_is_named_by_code_or_by_another():
    sources = [*(ROOT / "templates").rglob("*.html")]
    for app in ("accounts", "api", "billing", "config", "gallery", "generation", "core"):
        sources += (ROOT / app).rglob("*.py")
    texts = {path: path.read_text() for path in sources}
    orphans = {
        name_of(path)
        for path in templates()
        if not NAMED_ELSEWHERE.match(name_of(path))
        and not any(
            name_of(path).removesuffix(".html") in text for other, text in texts.items() if other != path
        )
    }
    assert orphans == set()


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_names_icons_that_exist(path):
    for names in ICON.findall(path.read_text()):
        icon_markup(next(filter(None, names)))


@pytest.mark.parametrize("path", pages(), ids=name_of)
def test_keeps_styles_and_scripts_out_of_the_markup(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text())
    assert not re.findall(r"""\sstyle\s*=\s*["']""", text)
    assert not re.findall(r"""\son[a-z]+\s*=\s*["']""", text)
    assert not re.findall(r"<style\b|javascript:|hx-on", text)
    assert not re.findall(r"<script(?![^>]*(?:\bsrc=|nonce=|application/json))[^>]*>", text)


def test_an_unknown_icon_is_named():
    with pytest.raises(TemplateSyntaxError, match="no-such-thing"):
        icon_markup("no-such-thing")


def test_no_partial_has_an_underscore():
    assert [name_of(path) for path in templates() if path.name.startswith("_")] == []


@pytest.mark.parametrize("status", ["400", "403", "403_csrf", "404", "413", "429", "500"])
def test_error_pages_need_no_context(status, plain_static):
    page = render_to_string(f"{status}.html")
    assert "0 credits" in page
    assert 'id="main"' in page


def test_lines_are_short_enough_to_review():
    found = [
        f"{name_of(path)}:{number}"
        for path in templates()
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > 200
    ]
    assert found == []
