import re

import pytest
from django.template import TemplateSyntaxError
from django.template.loader import get_template, render_to_string

from config.icons import icon_markup

from .conftest import name_of, pages, templates

ICON = re.compile(r"""\{%\s*icon\s+"([^"]+)"|\bicon="([^"]+)"|icon\|default:"([^"]+)\"""")


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_compiles(path):
    get_template(name_of(path))


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


@pytest.mark.parametrize("status", ["400", "403", "403_csrf", "404", "413", "429", "500"])
def test_error_pages_need_no_context(status, plain_static):
    page = render_to_string(f"{status}.html")
    assert "0 credits" in page
    assert 'id="main"' in page
