"""Objects that no row knows go, unless the database may be older than the store."""

import os
import secrets
import time
from io import StringIO

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import User
from core import ids
from generation.maintenance import orphans
from generation.media import storage
from generation.media.known_names import KnownNames
from generation.orders.submit import submit
from tests.generation.conftest import deliver
from tests.support import letters

DAY = 86_400


@pytest.fixture(autouse=True)
def unused_store(db):
    """An empty store that no database was used with."""
    for place in (orphans.MARKS, storage.ROOT):
        storage.remove_all([one.name for one in storage.objects_under(place)])


@pytest.fixture
def told():
    User.objects.create_superuser("olga@example.com", name="Olga")
    return lambda: [one for one in letters.posted() if one["kind"] == orphans.KEPT]


def age(name, days):
    moment = time.time() - days * DAY
    os.utime(default_storage.path(name), (moment, moment))


def stored(workspace, number, *, days=3, folder="images"):
    """Objects of no row, written within the same hour."""
    names = [storage.new_key(workspace.pk, folder, "png") for _ in range(number)]
    for name in names:
        storage.put(name, b"bytes")
        age(name, days)
    return names


def old_image(workspace, order):
    """An image that was stored three days ago."""
    names = [storage.new_key(workspace.pk, folder, "png") for folder in ("images", "thumbnails")]
    image = deliver(submit(workspace, order(), source="api"), *names)
    for name in names:
        age(name, 3)
    return image


def left(names):
    return sum(default_storage.exists(name) for name in names)


def run(*options):
    out = StringIO()
    call_command("remove_orphans", *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def lost(funded, order):
    """An image of which the store has the objects and the mark, and the restored database nothing."""
    before = transaction.savepoint_create()
    image = old_image(funded, order)
    orphans.leave_mark()
    assert orphans.sweep() == 0
    transaction.savepoint_rollback(before)
    return image


def test_a_few_that_a_dead_process_has_left_go(funded, told):
    names = stored(funded, 3) + stored(funded, 30, folder="thumbnails")
    assert orphans.sweep() == 33
    assert left(names) == 0
    assert told() == []


def test_after_a_restore_nothing_is_deleted_and_operators_are_told(lost, told, mailoutbox):
    orphans.leave_mark()
    assert orphans.sweep() == 0
    assert left([lost.file, lost.thumbnail]) == 2
    assert len(told()) == 1
    letters.deliver()
    for words in (lost.public_id, "restored to an earlier state", "--really"):
        assert words in mailoutbox[0].body


def test_the_command_says_what_it_would_do_and_does_it_when_told(lost, funded):
    said = run()
    assert "2 objects, 14 bytes, belong to no row; 1 of 1 originals" in said
    assert lost.file in said
    assert "Nothing was deleted" in said
    assert left([lost.file]) == 1
    assert "2 objects were deleted" in run("--really")
    assert left([lost.file, lost.thumbnail]) == 0
    more = stored(funded, 1)
    assert orphans.sweep() == 1
    assert left(more) == 0


def test_a_store_of_another_installation_is_left_alone(funded):
    names = stored(funded, 1)
    storage.put(f"{orphans.MARKS}/{ids.new().hex}", b"theirs")
    assert orphans.sweep() == 0
    assert left(names) == 1


def test_a_large_share_of_an_hours_originals_is_kept(funded, order, told):
    old_image(funded, order)
    names = stored(funded, orphans.FEW + 1, days=2)
    assert orphans.sweep() == 0
    assert left(names) == len(names)
    assert "11 originals that were stored in the hour from" in told()[0]["about"]["objection"]
    assert "11 are among them" in told()[0]["about"]["objection"]


def test_the_mark_follows_the_newest_image_and_stays_where_that_is_unknown(funded, order):
    submit(funded, order(), source="api")
    orphans.leave_mark()
    before = transaction.savepoint_create()
    newest = submit(funded, order(), source="api").images.get()
    orphans.leave_mark()
    orphans.leave_mark()
    marks = [f"{orphans.MARKS}/{newest.pk.hex}"]
    assert [one.name for one in storage.objects_under(orphans.MARKS)] == marks
    transaction.savepoint_rollback(before)
    orphans.leave_mark()
    assert [one.name for one in storage.objects_under(orphans.MARKS)] == marks


def test_every_row_is_read_once_however_many_there_are(funded, order, monkeypatch):
    image = old_image(funded, order)
    monkeypatch.setattr(orphans, "AT_ONCE", 200)
    many = 3_000
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "INSERT INTO generation_image SELECT new.* FROM generation_image AS old, generate_series(1, %s) AS n,"
            " jsonb_populate_record(old, jsonb_build_object('id', uuidv7(), 'index', n, 'credits', 0, 'file', old.file || n)) AS new",
            [many],
        )
        cursor.execute("ANALYZE generation_image")
        before = rows_read(cursor)
        for number in range(1, many, 10):
            name = f"{image.file}{number}"
            storage.put(name, b"")
            age(name, 2)
        assert orphans.find().names == []
        assert rows_read(cursor) - before < many * 1.5


def rows_read(cursor):
    cursor.execute(
        "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'generation_image'"
    )
    return cursor.fetchone()[0]


def test_names_are_known_or_not():
    names = [secrets.token_hex(16) for _ in range(5_000)]
    known = KnownNames()
    known.add(names[::2])
    known.add(["", "later"])
    assert [name in known for name in names] == [True, False] * 2_500
    known.add(["latest"])
    assert "later" in known
    assert "latest" in known
    assert "" not in known
