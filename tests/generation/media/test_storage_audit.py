"""What is in the storage is proven with the books: nothing missing, nothing shortened, nothing changed.

On this machine's disk, and in a real S3 server (SeaweedFS).
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.reconciliation import run
from billing.reconciliation.findings import Findings
from core import ids
from generation.maintenance import orphans
from generation.media import storage, storage_audit
from generation.models import Image, Reference
from generation.orders.submit import submit
from tests.generation.conftest import deliver
from tests.support.store import Store

pytestmark = pytest.mark.xdist_group("store")
DATA = b"picture as it came"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Store(tmp_path_factory.mktemp("store"))
    yield made
    made.stop()


@pytest.fixture(params=["disk", "S3"], autouse=True)
def place(request, settings):
    """Where the images are kept."""
    if request.param == "S3":
        settings.STORAGES = request.getfixturevalue("server").storages()
    return request.param


@pytest.fixture
def image(funded, order):
    """An image that was stored and charged by the product's own verbs."""
    generation = submit(funded, order(), source="api")
    return deliver(
        generation,
        storage.new_key(funded.pk, "images", "png"),
        storage.new_key(funded.pk, "thumbnails", "webp"),
        DATA,
    )


@pytest.fixture
def reference(funded):
    file, thumbnail = (storage.new_key(funded.pk, "references", end) for end in ("png", "webp"))
    for name in (file, thumbnail):
        storage.put(name, DATA)
    return Reference.objects.create(
        id=ids.new(), workspace=funded, file=file, thumbnail=thumbnail, format="png", width=1, height=1,
        size=len(DATA), sha256=hashlib.sha256(DATA).digest(),
    )  # fmt: skip


def rewrite(name, data):
    default_storage.delete(name)
    storage.put(name, data)


PLANTED = {
    "missing object": lambda row: default_storage.delete(row.file),
    "wrong size": lambda row: rewrite(row.file, DATA[:-1]),
    "wrong hash": lambda row: rewrite(row.file, DATA[::-1]),
}


@pytest.mark.parametrize("kind", PLANTED)
@pytest.mark.parametrize("what", ["image", "reference"])
def test_a_planted_difference_is_found_and_named(request, image, reference, twin, kind, what):
    row = request.getfixturevalue(what)
    out = StringIO()
    call_command("reconcile", stdout=out)
    assert "1 images in storage, 1 references in storage" in out.getvalue().replace(
        "1 images read again, ", ""
    )
    PLANTED[kind](row)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("reconcile", stdout=out)
    lines = [
        line for line in out.getvalue().splitlines() if line.startswith(f"{kind}: {what} {row.public_id}")
    ]
    assert len(lines) == 1, out.getvalue()
    assert row.file in lines[0]


def test_a_thumbnail_that_is_gone_is_found_too(image):
    found = Findings()
    default_storage.delete(image.thumbnail)
    storage_audit.check(found)
    assert found.differences == [
        f"missing object: image {image.public_id}: {image.thumbnail} is not in the storage"
    ]


def test_what_was_deleted_is_not_missed(image, reference):
    found = Findings()
    for row in (image, reference):
        type(row).objects.filter(pk=row.pk).update(deleted_at=row.created_at)
        default_storage.delete(row.file)
    storage_audit.check(found)
    assert found.differences == []


def test_every_picture_is_counted_and_some_are_read_again(image, reference):
    found = Findings()
    storage_audit.check(found)
    assert dict(found.counts) == {
        "images in storage": 1,
        "references in storage": 1,
        "images read again": 1,
        "references read again": 1,
    }


def test_asks_by_workspace_and_portion_not_by_picture(image):
    """Sixty more rows of one object: as many queries as for one."""
    with CaptureQueriesContext(connection) as before:
        storage_audit.check(Findings())
    rows = [Image(**_copy(image, index)) for index in range(1, 61)]
    Image.objects.bulk_create(rows)
    found = Findings()
    with CaptureQueriesContext(connection) as after:
        storage_audit.check(found)
    assert len(after) == len(before)
    assert found.counts["images in storage"] == 61
    Image.objects.filter(pk__in=[row.pk for row in rows]).delete()


def test_portions_are_read_by_key(image, monkeypatch):
    monkeypatch.setattr(storage_audit, "AT_ONCE", 4)
    rows = [Image(**_copy(image, index)) for index in range(1, 12)]
    Image.objects.bulk_create(rows)
    read = [row.pk for portion in storage_audit._portions(Image.objects.all()) for row in portion]
    assert read == sorted((row.pk for row in [image, *rows]), reverse=True)
    Image.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _copy(image, index):
    fields = {field.attname: getattr(image, field.attname) for field in Image._meta.concrete_fields}
    return {**fields, "id": ids.new(), "index": index, "credits": 0}


@pytest.mark.proof
def test_more_objects_than_one_call_lists_are_all_found(image, place):
    """S3 lists a thousand at a time."""
    if place != "S3":
        pytest.skip("A disk lists them all at once.")
    others = [storage.new_key(image.workspace_id, "images", "png") for _ in range(1005)]
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda name: storage.put(name, b"1"), others))
    sizes = dict(storage.names_and_sizes(image.workspace_id))
    assert len(sizes) == 1005 + 2
    assert sizes[image.file] == len(DATA)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(storage.remove, others))


def test_what_no_row_names_is_removed_when_it_is_old(image, reference, monkeypatch):
    lost = storage.new_key(image.workspace_id, "images", "png")
    storage.put(lost, DATA)
    orphans.remove(orphans.find())
    assert storage.size(lost) == len(DATA)
    monkeypatch.setattr(orphans, "YOUNG", timedelta(0))
    assert orphans.remove(orphans.find()) >= 1
    assert storage.size(lost) is None
    found = Findings()
    storage_audit.check(found)
    assert found.differences == []


def test_many_are_removed_with_one_call_and_what_is_not_there_is_no_error(image):
    names = [storage.new_key(image.workspace_id, "images", "png") for _ in range(3)]
    for name in names[:2]:
        storage.put(name, DATA)
    under = {one.name: one.size for one in storage.objects_under(f"w/{image.workspace_id.hex}")}
    assert under.keys() >= {image.file, *names[:2]}
    assert under[names[0]] == len(DATA)
    assert storage.remove_all(names) == set()
    assert storage.size(names[0]) is storage.size(names[1]) is None


def test_the_storage_can_be_left_out(image, twin):
    default_storage.delete(image.file)
    assert run.run(with_checks=False).differences == []
