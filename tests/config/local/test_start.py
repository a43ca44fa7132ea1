"""Processes that are started in an environment that production must not have, and do not start."""

import os
import subprocess
import sys

import pytest

from config.checks import production_is_safe
from config.environment import ROOT, Environment
from tests.config.test_settings import GOOD

CHANGED = "from config.settings import *\n{line}\n"


@pytest.fixture
def start(tmp_path):
    """What a process of the product says in an environment of these variables alone; empty where it starts."""

    def run(line="", **environment):
        ours = {name.upper() for name in Environment.__dataclass_fields__} | {"DJANGO_SETTINGS_MODULE"}
        rest = {name: value for name, value in os.environ.items() if name not in ours}
        module = {}
        if line:  # settings of somebody's own, behind the product's
            (tmp_path / "changed.py").write_text(CHANGED.format(line=line))
            module = {"DJANGO_SETTINGS_MODULE": "changed", "PYTHONPATH": f"{tmp_path}:{ROOT}"}
        done = subprocess.run(
            [sys.executable, "-c", "import config.wsgi"],
            cwd=ROOT,
            env={
                **rest,
                **GOOD,
                "STATE_DIR": str(tmp_path),
                "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x",
            }
            | environment
            | module,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stderr if done.returncode else ""

    return run


def test_production_starts_when_told_everything(start):
    assert start() == ""


def test_a_process_does_not_start_in_an_unsafe_environment(start):
    said = start(DEBUG="true", SECRET_KEY="short", STRIPE_WEBHOOK_SECRET="")
    for sentence in ("DEBUG is on", "SECRET_KEY is missing or weak", "STRIPE_WEBHOOK_SECRET is missing"):
        assert sentence in said


def test_nor_with_settings_that_were_changed_behind_ours(start):
    said = start(
        "DJSTRIPE_WEBHOOK_VALIDATION, STRIPE_WEBHOOK_SECRET, DEBUG = 'none', '', True\n"
        "CACHES = {'default': {'BACKEND': 'django.core.cache.backends.locmem.LocMemCache'}}"
    )
    for sentence in (
        "must be verify_signature",
        "STRIPE_WEBHOOK_SECRET is missing",
        "DEBUG is on",
        "CACHES must be shared",
    ):
        assert sentence in said


@pytest.mark.parametrize(
    ("backend", "is_shared"),
    [
        ("django.core.cache.backends.db.DatabaseCache", True),
        ("django.core.cache.backends.redis.RedisCache", True),
        ("django.core.cache.backends.locmem.LocMemCache", False),
        ("django.core.cache.backends.dummy.DummyCache", False),
        ("django.core.cache.backends.filebased.FileBasedCache", False),
    ],
)
def test_limits_are_counted_where_every_process_sees_them(settings, backend, is_shared):
    settings.CACHES = {"default": {"BACKEND": backend}}
    said = [message.msg for message in production_is_safe(None)]
    assert any("CACHES must be shared" in one for one in said) != is_shared
