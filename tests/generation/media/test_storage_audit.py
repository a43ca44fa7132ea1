"""What is in the storage is proven with the books: nothing missing, nothing shortened, nothing changed."""

import hashlib
from io import StringIO

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.reconciliation import run
from billing.reconciliation.findings import Findings
from core import ids
from generation.media import storage, storage_audit
from generation.models import Image, Reference
from generation.orders.submit import submit
from tests.generation.conftest import deliver

DATA = b"picture as it came"


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


def test_the_storage_can_be_left_out(image, twin):
    default_storage.delete(image.file)
    assert run.run(with_checks=False).differences == []
