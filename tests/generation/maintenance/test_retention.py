"""What is no longer needed goes; what somebody needs, stays."""

import hashlib
import os
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import Workspace
from generation.lifecycle.stopping import cancel
from generation.maintenance import orphans, retention
from generation.media import storage
from generation.models import Event, Image, Reference
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.references import library
from tests.generation.conftest import deliver
from tests.generation.references.test_uploads import picture


def age(name: str, hours: float) -> None:
    moment = time.time() - hours * 3600
    os.utime(default_storage.path(name), (moment, moment))


@pytest.fixture
def stored(funded: Workspace, order: Callable[..., Order]) -> Image:
    names = [storage.new_key(funded.pk, folder, "png") for folder in ("images", "thumbnails")]
    image = deliver(submit(funded, order(), source="api"), *names)
    for name in names:
        age(name, 48)
    return image


def test_what_no_row_knows_goes_after_a_day(stored: Image, funded: Workspace):
    # What other tests have left in the store would be too much to be deleted unasked.
    left = [one.name for one in storage.objects_under("w") if funded.pk.hex not in one.name]
    storage.remove_all([*left, *(one.name for one in storage.objects_under(orphans.MARKS))])
    old, young, foreign = (
        storage.new_key(funded.pk, folder, "png") for folder in ("images", "images", "exports")
    )
    reference = library.upload(funded, ContentFile(picture()))
    for name in (old, young, foreign):
        storage.put(name, b"orphan")
    for name in (old, foreign, reference.file, reference.thumbnail):
        age(name, 25)
    assert orphans.sweep() == 1
    assert not default_storage.exists(old)
    for name in (young, foreign, stored.file, stored.thumbnail, reference.file, reference.thumbnail):
        assert default_storage.exists(name), name


def test_files_of_a_deleted_image_go_after_a_day_and_its_hash_stays(stored: Image):
    Image.objects.update(deleted_at=timezone.now())
    assert retention.remove_images() == 0
    Image.objects.update(deleted_at=timezone.now() - timedelta(hours=25))
    assert [retention.remove_images(), retention.remove_images()] == [1, 0]
    assert not default_storage.exists(stored.file)
    assert bytes(Image.objects.get().sha256) == hashlib.sha256(b"picture").digest()


def test_a_deleted_reference_stays_while_something_under_way_needs_it(
    funded: Workspace, order: Callable[..., Order]
):
    reference = library.upload(funded, ContentFile(picture()))
    generation = submit(funded, order(references=(reference.pk,)), source="api")
    Reference.objects.update(deleted_at=timezone.now() - timedelta(hours=25))
    assert retention.remove_references() == 0
    cancel(generation)
    assert retention.remove_references() == 1
    assert not default_storage.exists(reference.file)


def test_events_are_kept_for_seven_days(stored: Image):
    Event.objects.filter(kind="generation.queued").update(created_at=timezone.now() - timedelta(days=8))
    assert retention.prune_events() == 1
    assert not Event.objects.filter(kind="generation.queued").exists()
    assert Event.objects.filter(kind="image.stored").exists()


def test_previews_go_by_the_hour():
    old = f"{storage.PREVIEWS}/2026010100/{'0' * 32}.webp"
    young = storage.new_preview_key()
    for name in (old, young):
        storage.put(name, b"preview")
    assert retention.remove_previews() == 1
    assert not default_storage.exists(old)
    assert default_storage.exists(young)
