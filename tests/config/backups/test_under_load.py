"""Backups while customers order, and of databases that an earlier version left."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from django.core.management import call_command
from django.db import connection
from openai import OpenAI

from accounts import tokens
from accounts.models import Scope
from config.backups import restoring
from config.models import Backup
from generation.models import Image
from tests.config.schema.test_schema import RELEASED, left_by
from tests.support.live import live
from tests.support.twins import OpenAITwin

CUSTOMERS = 4


class Customers:
    """Programs that order one image after the other; `acknowledged` has what each was given."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = f"{url}/v1", token
        self.acknowledged: list[float] = []
        self._end = threading.Event()
        self._pool = ThreadPoolExecutor(CUSTOMERS)

    def __enter__(self):
        self._running = [self._pool.submit(self._order) for _ in range(CUSTOMERS)]
        return self

    def __exit__(self, *_):
        self._end.set()
        self._pool.shutdown()
        for one in self._running:
            one.result()

    def _order(self):
        with OpenAI(base_url=self.url, api_key=self.token) as client:
            while not self._end.is_set():
                client.images.generate(model="gpt-image-2.5-flare", prompt="a red fox", quality="low")
                self.acknowledged.append(time.monotonic())

    def wait_for(self, number: int) -> None:
        end = time.monotonic() + 40
        while len(self.acknowledged) < number:
            assert time.monotonic() < end, "Nobody is given an image."
            time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_backup_under_load_is_whole(twin, catalog, alice, workspace, fund, empty, command, tmp_path):
    fund(workspace, 500)
    _, token = tokens.issue(workspace, name="A program", scopes=Scope.values, user=alice)
    with closing(OpenAITwin(twin)), live() as site, Customers(site.url, token) as customers:
        customers.wait_for(3)
        before = len(customers.acknowledged)
        command("backup", tmp_path, objects=True)
        customers.wait_for(len(customers.acknowledged) + CUSTOMERS)
    assert "No difference" in command("restore", tmp_path, check=True)
    with restoring.using(empty):
        command("restore", tmp_path)
        assert Image.objects.filter(status="stored").count() >= before
    assert Image.objects.filter(status="stored").count() > before


@pytest.mark.proof
@pytest.mark.parametrize("script", RELEASED, ids=lambda script: script.stem)
def test_a_dump_of_an_earlier_version_is_brought_up_to_date(
    django_db_setup, django_db_blocker, script, empty, command, tmp_path
):
    """Also one that was made after the new code came and before its `prepare`."""
    with django_db_blocker.unblock():
        with left_by(script):
            assert "no table for that yet" in command("backup", tmp_path)
            assert "No difference" in command("restore", tmp_path, check=True)
            assert Backup._meta.db_table not in connection.introspection.table_names()
        with restoring.using(empty):
            command("restore", tmp_path)
            call_command("migrate", check_unapplied=True, verbosity=0)
            assert not Backup.objects.exists()
