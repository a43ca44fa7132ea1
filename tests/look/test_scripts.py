import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.template import Context, Template

from config.ui import scripts

from .conftest import ROOT, templates

SOURCES = sorted(scripts.SCRIPTS.rglob("*.js"))
MOST_IN_A_FOLDER = 15
TAG = re.compile(r"\{%\s*modules\s+([^%]+)%\}")


def script_name(path):
    return path.relative_to(scripts.SCRIPTS).with_suffix("").as_posix()


def named_by_templates():
    tags = [arguments for path in templates() for arguments in TAG.findall(path.read_text())]
    return {name for arguments in tags for name in re.findall(r'"([^"]+)"', arguments)}


@pytest.mark.parametrize("path", SOURCES, ids=script_name)
def test_runs_under_a_strict_policy(path):
    text = path.read_text()
    assert not re.findall(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|cssText|document\.write", text)
    assert text.count("\n") < 300


@pytest.mark.parametrize("path", SOURCES, ids=script_name)
def test_imports_only_what_a_deployment_can_name(path):
    text = path.read_text()
    statements = re.findall(
        r"^(?:import|export)\b[^;]*\bfrom\b[^;]*;|^import\b[^;]*;|\bimport\(", text, re.MULTILINE
    )
    assert len(statements) == len(scripts.IMPORT.findall(text)), statements
    for name in scripts.imports(script_name(path)):
        assert (scripts.SCRIPTS / f"{name}.js").is_file()


def test_every_module_is_on_a_page_and_every_page_has_its_modules():
    named = named_by_templates()
    imported = {name for module in named for name in scripts.imports(module)}
    assert named | imported == {script_name(path) for path in SOURCES}


def test_folders_stay_small():
    folders = {path.parent for path in SOURCES}
    assert {
        folder.name: len(list(folder.glob("*.js")))
        for folder in folders
        if len(list(folder.glob("*.js"))) > MOST_IN_A_FOLDER
    } == {}


def test_what_modules_import_is_fetched_beside_them(plain_static):
    tags = Template('{% modules "components/copy" "studio/references" %}').render(Context())
    assert re.findall(r'<link rel="modulepreload" href="/static/js/([^"]+)">', tags) == [
        "lib/announce.js",
        "lib/connection.js",
        "lib/composer-form.js",
        "lib/upload.js",
        "session/ask.js",
        "lib/parts.js",
        "studio/links.js",
    ]
    assert re.findall(r'<script type="module" src="/static/js/([^"]+)"></script>', tags) == [
        "components/copy.js",
        "studio/references.js",
    ]


def test_a_module_without_imports_is_only_itself(plain_static):
    tags = Template('{% modules "components/drop" %}').render(Context())
    assert tags == '<script type="module" src="/static/js/components/drop.js"></script>'


def test_collected_modules_import_each_other_by_hashed_names(settings, tmp_path):
    settings.DEBUG = False
    settings.STATIC_ROOT = tmp_path
    settings.STATICFILES_FINDERS = [
        "django.contrib.staticfiles.finders.FileSystemFinder"
    ]  # no packages' files
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "config.ui.collected.CollectedStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    names = staticfiles_storage.load_manifest()[0]
    for path in SOURCES:
        collected = Path(tmp_path, names[path.relative_to(ROOT / "static").as_posix()])
        written = re.findall(r'^import [^;]*?from "([^"]+)";', collected.read_text(), re.MULTILINE)
        assert len(written) == len(scripts.IMPORT.findall(path.read_text()))
        for address in written:
            assert re.search(r"\.[0-9a-f]{12}\.js$", address)
            assert (collected.parent / address).is_file()
