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
from generation import orphans, references, storing, tidying
from generation.models import Event, Image, Reference
from generation.order import Order
from generation.stopping import cancel
from generation.submit import submit
from tests.generation.conftest import deliver
from tests.generation.test_reference import picture


def age(name: str, hours: float) -> None:
    moment = time.time() - hours * 3600
    os.utime(default_storage.path(name), (moment, moment))


@pytest.fixture
def stored(funded: Workspace, order: Callable[..., Order]) -> Image:
    names = [storing.key(funded.pk, folder, "png") for folder in ("images", "thumbnails")]
    image = deliver(submit(funded, order(), source="api"), *names)
    for name in names:
        age(name, 48)
    return image


def test_what_no_row_knows_goes_after_a_day(stored: Image, funded: Workspace):
    old, young, foreign = (
        storing.key(funded.pk, folder, "png") for folder in ("images", "images", "exports")
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
    Image.objects.update(deleted_at=timezone.now() - timedelta(hours=25))
    assert [tidying.remove_images(), tidying.remove_images()] == [1, 0]
    assert not default_storage.exists(stored.file)
    assert bytes(Image.objects.get().sha256) == hashlib.sha256(b"picture").digest()


def test_a_deleted_reference_stays_while_something_under_way_needs_it(
    funded: Workspace, order: Callable[..., Order]
):
    reference = references.upload(funded, ContentFile(picture()))
    generation = submit(funded, order(references=(reference.pk,)), source="api")
    Reference.objects.update(deleted_at=timezone.now() - timedelta(hours=25))
    assert tidying.remove_references() == 0
    cancel(generation)
    assert tidying.remove_references() == 1
    assert not default_storage.exists(reference.file)


def test_events_are_kept_for_seven_days(stored: Image):
    Event.objects.filter(kind="generation.queued").update(created_at=timezone.now() - timedelta(days=8))
    assert tidying.prune_events() == 1
    assert not Event.objects.filter(kind="generation.queued").exists()
    assert Event.objects.filter(kind="image.stored").exists()


def test_previews_go_by_the_hour():
    old = f"{storing.PREVIEWS}/2026010100/{'0' * 32}.webp"
    young = storing.preview_key()
    for name in (old, young):
        storing.put(name, b"preview")
    assert tidying.remove_previews() == 1
    assert not default_storage.exists(old)
    assert default_storage.exists(young)
