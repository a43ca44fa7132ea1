"""Backups of a database that lives: made, restored on trial, and restored."""

import gzip
import json
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from config.backups import folder, objects, records, restoring, trial
from config.backups.programs import BackupError
from config.models import Backup
from generation.media import storage
from tests.support import database

pytestmark = pytest.mark.django_db(transaction=True)


def databases():
    """Those of this process's tests; other processes have theirs on the same server."""
    ours = connection.settings_dict["NAME"]
    with database.administer() as admin:
        return {name for (name,) in admin.execute("SELECT datname FROM pg_database") if name.startswith(ours)}


def test_a_backup_is_restored_whole(alice, empty, command, refused, tmp_path):
    command("backup", tmp_path)
    said = refused("restore", tmp_path)
    assert "has rows, and nothing was restored" in said
    with restoring.using(empty):
        assert "restored" in command("restore", tmp_path)
        assert User.objects.filter(email=alice.email).exists()
        assert "has rows" in refused("restore", tmp_path)
        User.objects.all().update(is_active=False)
        command("restore", tmp_path, overwrite=True)
        assert User.objects.get(email=alice.email).is_active
    assert User.objects.get(email=alice.email).is_active


def test_nothing_is_overwritten_under_those_who_use_it(alice, empty, command, refused, tmp_path):
    command("backup", tmp_path)
    with restoring.using(empty):
        command("restore", tmp_path)
        with psycopg.connect(database.url(empty)):
            assert "1 other connections use the database" in refused("restore", tmp_path, overwrite=True)


def test_a_restore_that_fails_leaves_what_was_there(alice, empty, command, refused, tmp_path):
    command("backup", tmp_path)
    found, manifest = folder.read(tmp_path)
    dump = found / folder.DUMP
    dump.write_bytes(dump.read_bytes()[: manifest.dump_bytes // 2])
    told = json.loads((found / folder.MANIFEST).read_text())
    with restoring.using(empty), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE precious (one int)")
    with restoring.using(empty):
        assert "is damaged" in refused("restore", tmp_path, overwrite=True)
        # Even where the manifest agrees.
        told["dump_sha256"] = folder.sha256(dump)
        (found / folder.MANIFEST).write_text(json.dumps(told))
        assert "was not restored, and is as it was" in refused("restore", tmp_path, overwrite=True)
        assert connection.introspection.table_names() == ["precious"]


def test_old_backups_are_deleted_but_not_the_last_images(alice, command, refused, tmp_path):
    place = tmp_path / "kept"
    command("backup", place, objects=True)
    (images,) = folder.finished(place)
    assert {one.stat().st_mode & 0o777 for one in (place, images)} == {0o700}
    command("backup", place)
    (first, _) = folder.finished(place)
    command("backup", place)
    assert len(folder.finished(place)) == 3
    said = command("backup", place, keep=2)
    assert f"Deleted {first}" in said
    kept = folder.finished(place)
    assert (len(kept), first in kept, images in kept) == (3, False, True)
    assert {one.name for one in place.iterdir()} == {*(one.name for one in kept), f"{folder.PREFIX}lock"}
    command("backup", place, objects=True, keep=1)
    assert [folder.read(one)[1].has_objects for one in folder.finished(place)] == [True]
    assert images not in folder.finished(place)
    assert "1 or more" in refused("backup", place, keep=0)


def test_a_folder_that_was_there_keeps_its_mode(alice, command, tmp_path):
    tmp_path.chmod(0o750)
    command("backup", tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o750


def test_a_trial_leaves_nothing_and_finds_nothing(alice, command, tmp_path):
    before = databases()
    command("backup", tmp_path)
    assert "No difference" in command("restore", tmp_path, check=True)
    assert databases() == before
    row = Backup.objects.get()
    assert (row.checked_at is not None, row.differences) == (True, [])


def test_a_trial_finds_what_was_wrong(alice, workspace, fund, command, refused, tmp_path):
    fund(workspace, 100)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE billing_wallet SET available = available + 7")
    command("backup", tmp_path)
    before = databases()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE billing_wallet SET available = available - 7")
    assert "differences: this backup is not to be relied on" in refused("restore", tmp_path, check=True)
    assert databases() == before
    assert Backup.objects.get().differences


def test_what_a_killed_trial_left_is_dropped_by_the_next(alice, command, tmp_path):
    command("backup", tmp_path)
    before = databases()
    left = f"{connection.settings_dict['NAME'][:40]}{trial.TRIAL}dead"
    somebodys = f"{left}run"
    with database.administer() as admin:
        database.create(admin, left, "template0")
        database.create(admin, somebodys, "template0")
        admin.execute(f"COMMENT ON DATABASE \"{left}\" IS '{trial.OURS}'")
    try:
        command("restore", tmp_path, check=True)
        assert databases() == before | {somebodys}
    finally:
        with database.administer() as admin:
            admin.execute(f'DROP DATABASE "{somebodys}"')


def test_a_backup_of_a_later_version_is_refused_by_name(alice, empty, command, refused, tmp_path):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('billing', '9999_later', now())"
        )
    command("backup", tmp_path)
    with restoring.using(empty):
        assert "billing.9999_later" in refused("restore", tmp_path)
        assert connection.introspection.table_names() == []


@pytest.mark.parametrize("damage", ["missing", "flipped", "listed"])
def test_damage_is_found_before_anything_is_restored(alice, empty, damage, command, refused, tmp_path):
    command("backup", tmp_path)
    found, _ = folder.read(tmp_path)
    file = found / (folder.LIST if damage == "listed" else folder.DUMP)
    if damage == "missing":
        file.unlink()
    else:
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    with restoring.using(empty):
        said = refused("restore", tmp_path)
        assert "Nothing was restored" in said
        assert connection.introspection.table_names() == []


def test_no_backup_is_no_backup(refused, tmp_path):
    assert "There is no backup" in refused("restore", tmp_path)
    assert "There is no backup" in refused("restore", tmp_path / "nowhere", check=True)
    (tmp_path / f"{folder.PREFIX}1").mkdir()
    (tmp_path / f"{folder.PREFIX}1" / folder.MANIFEST).write_text("{")
    assert "can't be read" in refused("restore", tmp_path)


def test_images_come_along_where_they_are_wanted(alice, empty, command, refused, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    tmp_path /= "backups"
    key = storage.new_key(alice.memberships.first().workspace_id, "images", "webp")
    storage.put(key, b"bytes of an image")
    command("backup", tmp_path)
    assert not (folder.read(tmp_path)[0] / folder.OBJECTS).exists()
    command("backup", tmp_path, objects=True)
    first, manifest = folder.read(tmp_path)
    assert (manifest.objects, manifest.has_objects) == (1, True)
    assert ", 0 of them fetched" in command("backup", tmp_path, objects=True)
    second, _ = folder.read(tmp_path)
    assert (first / folder.OBJECTS / key).samefile(second / folder.OBJECTS / key)
    storage.remove(key)
    with restoring.using(empty):
        assert "1 of 1 objects were put back" in command("restore", tmp_path)
        assert storage.get(key) == b"bytes of an image"
        assert "0 of 1 objects were put back" in command("restore", tmp_path, overwrite=True)
    (second / folder.OBJECTS / key).write_bytes(b"bytes of an imagf")
    assert "1 differences" in refused("restore", tmp_path, check=True)
    # A copy that is gone keeps no other from coming back.
    (second / folder.OBJECTS / key).unlink()
    storage.remove(key)
    with restoring.using(empty):
        said = command("restore", tmp_path, overwrite=True)
    assert f"Not stored: missing in the backup: {key}" in said
    assert "0 of 1 objects were put back" in said


@pytest.mark.parametrize("key", ["../../secret", "/etc/hostname", "w/../../../secret", "."])
def test_a_list_that_leads_out_of_the_backup_is_refused(tmp_path, key):
    with gzip.open(tmp_path / folder.LIST, "wt") as listed:
        listed.write(json.dumps({"key": key, "size": 1, "etag": "", "sha256": "0" * 64}) + "\n")
    with pytest.raises(BackupError, match="outside the backup"):
        list(objects.damaged(tmp_path))


def test_a_backup_that_fails_leaves_nothing(alice, settings, refused, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "media").write_text("a file in the folder's place")
    assert "No backup was made" in refused("backup", tmp_path / "backups")
    assert list((tmp_path / "backups").glob(f"{folder.PREFIX}2*")) == []
    assert not Backup.objects.exists()


def test_one_at_a_time_in_a_place(alice, refused, tmp_path):
    with folder.fresh(tmp_path, timezone.now()):
        assert "Another backup is being made" in refused("backup", tmp_path)


def test_a_backup_made_elsewhere_is_known_too(db, command, refused):
    command("backup", made_elsewhere="pgBackRest")
    assert (records.last().place, records.lateness(timezone.now())) == ("pgBackRest", "ok")
    assert "Name a folder" in refused("backup")


def test_a_late_backup_is_told_of(client, settings):
    settings.PRODUCTION = True
    assert records.lateness(timezone.now()) == "ok"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET applied = now() - interval '27 hours'")
    assert records.lateness(timezone.now()) == "none was ever made"
    assert "backup" in client.get("/readyz").json()["degraded"]
    Backup.objects.create(made_at=timezone.now() - timedelta(hours=30), place="somewhere", version="1")
    assert records.lateness(timezone.now()) == "the last is 30 h old"
    assert (records.gauge().value, records.gauge().tone) == ("30 h ago", "bad")
    Backup.objects.create(place="somewhere", version="1")
    assert records.lateness(timezone.now()) == "ok"
    assert records.gauge().tone == ""
