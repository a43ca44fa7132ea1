"""Small versions are made once, after the delivery, by whoever leases them; until then nobody sees a broken image."""

import asyncio
import io
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.db import connections
from django.test import Client
from django.utils import timezone
from PIL import Image as Pixels

from accounts import tokens
from billing.reconciliation.findings import Findings
from core import ids
from generation.maintenance import orphans, retention
from generation.media import storage, storage_audit, urls
from generation.media.small import ahead, derivation, on_demand, rendering
from generation.media.small.derivation import Lease, Standing
from generation.models import Derivation, Image
from generation.orders.submit import submit
from tests.generation.conftest import deliver, run

FOR_GOOD = "private, max-age=31536000, immutable"


def png(width: int = 1024, height: int = 1024) -> bytes:
    pixels = np.linspace(0, 255, width * height * 3).reshape(height, width, 3).astype(np.uint8)
    file = io.BytesIO()
    Pixels.fromarray(pixels).save(file, "png")
    return file.getvalue()


@pytest.fixture
def delivered(transactional_db, funded, order):
    """Deliver an image of this size whose small versions nobody has made."""

    def go(width=1024, height=1024, **options):
        generation = submit(funded, order(), source="studio", **options)
        image = deliver(generation, storage.new_key(funded.pk, "images", "png"), "", png(width, height))
        Image.objects.filter(pk=image.pk).update(width=width, height=height, thumbhash=b"")
        return Image.objects.get(pk=image.pk)

    return go


def stored(image: Image) -> list[str]:
    """Keys of all small versions that there are in the workspace."""
    return sorted(
        name for name in dict(storage.names_and_sizes(image.workspace_id)) if "/images/" not in name
    )


def names(image: Image) -> list[str]:
    image.refresh_from_db()
    return sorted(filter(None, (image.thumbnail, image.medium)))


@pytest.mark.parametrize(
    ("size", "small", "medium"),
    [
        ((1024, 1024), (512, 512), None),
        ((1536, 1024), (512, 342), (1024, 683)),
        ((600, 1800), (171, 512), (533, 1600)),
        ((300, 200), (300, 200), None),
    ],
)
def test_they_are_as_large_as_pages_say(size, small, medium):
    made = rendering.render(png(*size))
    assert Pixels.open(io.BytesIO(made.thumbnail)).size == small
    assert (Pixels.open(io.BytesIO(made.medium)).size if made.medium else None) == medium
    assert 15 <= len(made.thumbhash) <= 30


def test_whoever_asks_first_makes_them(delivered, client_for, vera):
    image = delivered(1536, 1024)
    assert (image.thumbnail, bytes(image.thumbhash), stored(image)) == ("", b"", [])
    address = urls.url(image, "thumbnail")
    answer = client_for(vera).get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert answer["Cache-Control"] == FOR_GOOD
    assert names(image) == stored(image)
    assert len(stored(image)) == 2
    assert bytes(image.thumbhash)
    assert client_for(vera).get(address).content == answer.content
    medium = client_for(vera).get(urls.url(image, "medium"))
    assert Pixels.open(io.BytesIO(medium.content)).size == (1024, 683)
    assert len(stored(image)) == 2
    assert not Derivation.objects.exists()


@pytest.mark.parametrize("variant", ["medium", "preview"])
def test_each_of_them_can_be_asked_for_first(delivered, client_for, vera, variant):
    image = delivered(1536, 1024)
    assert client_for(vera).get(urls.url(image, variant))["Content-Type"] == "image/webp"
    assert len(names(image)) == 2


def test_the_original_makes_none(delivered, client_for, vera):
    image = delivered()
    assert client_for(vera).get(urls.url(image))["Content-Type"] == "image/png"
    assert stored(image) == []


def test_many_who_ask_at_once_make_one(delivered, client_for, vera):
    image = delivered(1536, 1024)
    clients = [client_for(vera) for _ in range(8)]

    def ask(client: Client) -> bytes:
        try:
            answer = client.get(urls.url(image, "thumbnail"))
            assert answer["Content-Type"] == "image/webp"
            return answer.content
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(clients)) as threads:
        found = set(threads.map(ask, clients))
    assert len(found) == 1
    assert names(image) == stored(image)


def test_where_somebody_is_slow_the_original_stands_in(delivered, client_for, vera, monkeypatch):
    image = delivered()
    held = derivation.lease(image.pk)
    assert isinstance(held, Lease)
    monkeypatch.setattr(on_demand, "PATIENCE", 0.2)
    answer = client_for(vera).get(urls.url(image, "thumbnail"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer["Cache-Control"] == "private, no-store"
    assert stored(image) == []
    assert derivation.record(held, derivation.store(image.workspace_id, rendering.render(png())))
    assert client_for(vera).get(urls.url(image, "thumbnail"))["Cache-Control"] == FOR_GOOD


def test_a_lease_that_has_ended_is_anothers_and_the_late_one_writes_nothing(delivered):
    image = delivered()
    late = derivation.lease(image.pk)
    assert derivation.lease(image.pk) is Standing.BUSY
    Derivation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert on_demand.ensure(image)
    files = derivation.store(image.workspace_id, rendering.render(png()))
    assert not derivation.record(late, files)
    assert files.thumbnail not in names(image)
    assert derivation.lease(image.pk) is Standing.MADE


def test_a_recorded_one_whose_answer_was_lost_is_kept(delivered):
    image = delivered()
    held = derivation.lease(image.pk)
    files = derivation.store(image.workspace_id, rendering.render(png()))
    assert [derivation.record(held, files) for _ in range(2)] == [True, True]


def test_none_is_made_of_an_image_that_is_deleted_meanwhile(delivered, monkeypatch):
    image = delivered()
    whole = rendering.render

    def render(data):
        Image.objects.update(deleted_at=timezone.now())
        return whole(data)

    monkeypatch.setattr(on_demand.rendering, "render", render)
    assert not on_demand.ensure(image)
    assert (names(image), stored(image)) == ([], [])
    assert derivation.lease(image.pk) is Standing.GONE
    assert not Derivation.objects.exists()


def test_where_the_store_takes_nothing_the_original_stands_in_and_it_is_tried_later(
    delivered, client_for, vera
):
    image = delivered()
    place = Path(default_storage.path(image.file)).parent.parent / "thumbnails"
    shutil.rmtree(place, ignore_errors=True)
    place.write_bytes(b"no folder")
    answer = client_for(vera).get(urls.url(image, "thumbnail"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    row = Derivation.objects.get()
    assert (row.claim, row.tries) == (None, 0), "a store that is away is no try"
    assert row.lease_until > timezone.now()
    place.unlink()
    Derivation.objects.update(lease_until=timezone.now())
    assert client_for(vera).get(urls.url(image, "thumbnail"))["Content-Type"] == "image/webp"


def test_an_original_that_is_gone_is_gone(delivered, client_for, vera):
    image = delivered()
    default_storage.delete(image.file)
    assert client_for(vera).get(urls.url(image, "thumbnail")).status_code == 404


def test_orders_of_people_get_theirs_ahead_of_time_and_those_of_tokens_do_not(
    transactional_db, funded, order, openai, alice
):
    mine = run(submit(funded, order(), source="studio", user=alice))
    assert [row.image_id for row in Derivation.objects.all()] == [mine.images.get().pk]
    token, _ = tokens.issue(funded, name="shop", scopes=["generations:write"], user=alice)
    theirs = run(submit(funded, order(), source="api", token=token))
    assert Derivation.objects.count() == 1
    assert [asyncio.run(ahead.work_off()), asyncio.run(ahead.work_off())] == [1, 0]
    assert not Derivation.objects.exists()
    assert len(names(mine.images.get())) == 1
    assert names(theirs.images.get()) == []


def test_ahead_of_time_takes_what_the_dead_have_left_and_gives_up_what_never_works(delivered):
    images = [delivered() for _ in range(3)]
    for image in images:
        derivation.lease(image.pk)
    ended = timezone.now() - timedelta(seconds=1)
    Derivation.objects.filter(image__in=images[1:]).update(lease_until=ended)
    default_storage.delete(images[2].file)
    assert asyncio.run(ahead.work_off()) == 1
    assert names(images[1])
    Derivation.objects.filter(image=images[2]).update(lease_until=ended, tries=derivation.MOST_TRIES)
    assert asyncio.run(ahead.work_off()) == 0
    assert names(images[0]) == []


def test_files_of_a_deleted_image_without_small_versions_go_once(delivered):
    image = delivered()
    Image.objects.update(deleted_at=timezone.now() - timedelta(hours=25))
    assert [retention.remove_images(), retention.remove_images()] == [1, 0]
    assert not default_storage.exists(image.file)
    assert Image.objects.get().removed_at


def test_audit_and_sweep_know_that_they_may_be_missing(delivered):
    image = delivered()
    found = Findings()
    storage_audit.check(found)
    assert found.differences == []
    assert image.file not in orphans.find().names
    assert on_demand.ensure(image)
    Image.objects.filter(pk=image.pk).update(thumbnail=f"{ids.new()}")
    storage_audit.check(found)
    assert len(found.differences) == 1


def test_what_never_worked_is_forgotten_after_a_month_in_which_nobody_asked(delivered):
    old, late, young = (delivered() for _ in range(3))
    for image in (old, late, young):
        derivation.lease(image.pk)
    month = timezone.now() - derivation.FORGOTTEN_AFTER
    given_up = Derivation.objects.filter(image__in=(old, late))
    given_up.update(tries=derivation.MOST_TRIES, lease_until=month - timedelta(minutes=1))
    Derivation.objects.filter(image=late).update(lease_until=month + timedelta(minutes=1))
    Derivation.objects.filter(image=young).update(lease_until=month - timedelta(minutes=1))
    assert derivation.forget_failed() == 1
    assert set(Derivation.objects.values_list("image", flat=True)) == {late.pk, young.pk}
    assert isinstance(derivation.lease(old.pk), derivation.Lease)
