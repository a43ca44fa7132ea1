import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.template import Context, Template, TemplateSyntaxError

from config.ui.ratios import RATIOS
from config.ui.stylesheets import BUNDLES

from .conftest import ROOT, templates

CSS = ROOT / "static" / "css"
SHEETS = sorted(CSS.rglob("*.css"))
TAG = re.compile(r"\{%\s*stylesheets\s+([^%]+)%\}")


def sheet_name(path):
    return str(path.relative_to(CSS).with_suffix(""))


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def test_every_sheet_is_in_a_bundle_and_every_bundle_has_its_sheets():
    assert {sheet_name(path) for path in SHEETS} == {sheet for sheets in BUNDLES.values() for sheet in sheets}


def test_every_bundle_is_on_a_page():
    tags = [arguments for path in templates() for arguments in TAG.findall(path.read_text())]
    named = {name for arguments in tags for name in re.findall(r'"([^"]+)"', arguments)}
    assert named == set(BUNDLES)


@pytest.mark.parametrize("path", SHEETS, ids=sheet_name)
def test_stands_in_a_layer_and_uses_only_declared_properties(path):
    text = without_comments(path.read_text())
    assert text.count("{") == text.count("}")
    assert re.match(r"\s*@layer (tokens|base|components|layout|pages)\b", text)
    assert "!important" not in text
    everything = without_comments("".join(sheet.read_text() for sheet in SHEETS))
    declared = set(re.findall(r"(--[\w-]+)\s*:", everything))
    assert set(re.findall(r"var\((--[\w-]+)\)", text)) <= declared


def test_knows_every_ratio():
    text = (CSS / "components" / "ratio.css").read_text()
    known = {name: float(ratio) for name, ratio in re.findall(r"\.r-(\w+)\s*\{ --ratio: ([\d.]+);", text)}
    assert known == {name: pytest.approx(ratio, abs=1e-4) for name, ratio in RATIOS.items()}


def test_links_each_sheet_where_nothing_was_collected(plain_static):
    links = Template('{% stylesheets "painter" "billing" %}').render(Context())
    assert re.findall(r'href="/static/([^"]+)"', links) == [
        "css/pages/painter.css",
        "css/pages/billing.css",
        "css/pages/checkout.css",
    ]


def test_refuses_a_bundle_that_nobody_declared(plain_static):
    with pytest.raises(TemplateSyntaxError, match="galery"):
        Template('{% stylesheets "galery" %}').render(Context())


def test_collecting_joins_a_bundle_into_one_hashed_file(settings, tmp_path):
    settings.DEBUG = False
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "config.ui.collected.CollectedStaticFilesStorage"}
    }
    for _ in range(2):  # a second deployment finds the first one's files
        call_command("collectstatic", interactive=False, verbosity=0)
    staticfiles_storage.hashed_files = staticfiles_storage.load_manifest()[0]
    links = Template('{% stylesheets "billing" %}').render(Context())
    (url,) = re.findall(r'href="/static/([^"]+)"', links)
    assert re.fullmatch(r"css/bundles/billing\.[0-9a-f]{12}\.css", url)
    joined = Path(tmp_path, url).read_text()
    assert joined == "".join((CSS / f"{sheet}.css").read_text() for sheet in BUNDLES["billing"])
