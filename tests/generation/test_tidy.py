"""What is no longer needed goes; what somebody needs, stays."""

import os
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import Workspace
from generation import events, orphans, references, storing, tidying
from generation.models import Event, Image, Reference
from generation.order import Order
from generation.submit import submit
from tests.generation.test_reference import picture


def age(name: str, hours: float) -> None:
    moment = time.time() - hours * 3600
    os.utime(default_storage.path(name), (moment, moment))


@pytest.fixture
def stored(funded: Workspace, order: Callable[..., Order]) -> Image:
    image = submit(funded, order(), source="api").images.get()
    image.file, image.thumbnail = (
        storing.key(funded.pk, folder, "png") for folder in ("images", "thumbnails")
    )
    image.status, image.finished_at = "stored", timezone.now()
    image.save()
    for name in (image.file, image.thumbnail):
        storing.put(name, b"picture")
        age(name, 48)
    return image


def test_what_no_row_knows_goes_after_a_day(stored: Image, funded: Workspace):
    old, young, foreign = (
        storing.key(funded.pk, folder, "png") for folder in ("images", "images", "archives")
    )
    reference = references.upload(funded, ContentFile(picture()))
    for name in (old, young, foreign):
        storing.put(name, b"orphan")
    for name in (old, foreign, reference.file, reference.thumbnail):
        age(name, 25)
    assert orphans.remove() == 1
    assert not default_storage.exists(old)
    for name in (young, foreign, stored.file, stored.thumbnail, reference.file, reference.thumbnail):
        assert default_storage.exists(name), name


def test_files_of_a_deleted_image_go_after_a_day_and_its_hash_stays(stored: Image):
    Image.objects.update(deleted_at=timezone.now())
    assert tidying.remove_images() == 0
    Image.objects.update(deleted_at=timezone.now() - timedelta(hours=25), sha256=b"hash")
    assert [tidying.remove_images(), tidying.remove_images()] == [1, 0]
    assert not default_storage.exists(stored.file)
    assert bytes(Image.objects.get().sha256) == b"hash"


def test_a_deleted_reference_stays_while_something_under_way_needs_it(
    funded: Workspace, order: Callable[..., Order]
):
    reference = references.upload(funded, ContentFile(picture()))
    generation = submit(funded, order(references=(reference.pk,)), source="api")
    Reference.objects.update(deleted_at=timezone.now() - timedelta(hours=25))
    assert tidying.remove_references() == 0
    generation.status = "failed"
    generation.save()
    assert tidying.remove_references() == 1
    assert not default_storage.exists(reference.file)


def test_events_are_kept_for_seven_days(stored: Image):
    events.publish_image(stored, "image.stored")
    Event.objects.filter(kind="generation.queued").update(created_at=timezone.now() - timedelta(days=8))
    assert tidying.prune_events() == 1
    assert Event.objects.get().kind == "image.stored"


def test_previews_go_by_the_hour():
    old = f"{storing.PREVIEWS}/2026010100/{'0' * 32}.webp"
    young = storing.preview_key()
    for name in (old, young):
        storing.put(name, b"preview")
    assert tidying.remove_previews() == 1
    assert not default_storage.exists(old)
    assert default_storage.exists(young)
