import logging

import pytest

from config import version
from config.environment import ROOT


@pytest.fixture
def copy(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "createio"\nversion = "3.2.1"\n')
    return tmp_path


def test_a_copy_without_a_build_is_what_the_project_says(copy):
    assert version.read(copy) == "3.2.1"


def test_what_the_build_wrote_down_is_believed(copy):
    (copy / version.BUILT).write_text("3.2.1-12-g1a2b3c4-dirty\n")
    assert version.read(copy) == "3.2.1-12-g1a2b3c4-dirty"


@pytest.mark.parametrize("content", ["", "\n", "fatal: not a git repository", "<script>", "a\nb", "x" * 200])
def test_a_build_that_failed_to_write_it_is_not(copy, content):
    (copy / version.BUILT).write_text(content)
    assert version.read(copy) == "3.2.1"


def test_the_log_says_what_begins(caplog):
    with caplog.at_level(logging.INFO):
        version.announce("web")
    assert caplog.messages == [f"CreateIO {version.read(ROOT)} begins as web."]


@pytest.mark.django_db
def test_the_metrics_say_it(client, settings):
    settings.METRICS_TOKEN = "a-token-for-the-scraper"
    said = client.get("/metrics", headers={"Authorization": "Bearer a-token-for-the-scraper"}).text
    assert f'createio_build_info{{version="{version.version()}"}} 1.0' in said
