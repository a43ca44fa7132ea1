"""Pictures go to members of their workspace and to whoever has a signed address, as pictures and as nothing else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from generation.media import storage, urls
from generation.models import Image
from generation.orders.order import Order
from generation.orders.submit import submit
from tests.generation.conftest import deliver


@pytest.fixture
def image(funded: Workspace, order: Callable[..., Order]) -> Image:
    name = storage.new_key(funded.pk, "images", "png")
    return deliver(submit(funded, order(), source="api"), name, name, b"\x89PNG picture")


def test_members_see_it_and_others_do_not(
    image: Image, vera: User, charlie: User, client_for: Callable[[User], Client]
):
    address = urls.url(image)
    answer = client_for(vera).get(address)
    assert (answer.status_code, answer.content) == (200, b"\x89PNG picture")
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer["Content-Disposition"] == f'inline; filename="{image.public_id}.png"'
    nobody = address.replace(image.public_id, "img_01m81e53grehnbaa2jpb0bb6p0")
    for client in (client_for(charlie), Client()):
        foreign, nothing = client.get(address), client.get(nobody)
        assert foreign.status_code == nothing.status_code == 404
        assert foreign.content == nothing.content


def test_it_can_be_downloaded(image: Image, vera: User, client_for: Callable[[User], Client]):
    answer = client_for(vera).get(urls.url(image), {"download": ""})
    assert answer["Content-Disposition"].startswith("attachment;")


def test_a_signed_address_works_for_minutes_and_for_one_picture(image: Image, time_machine: Any):
    parts = urlsplit(urls.signed_url(image, "thumbnail"))
    address = f"{parts.path}?{parts.query}"
    assert Client().get(address).status_code == 200
    assert Client().get(address.replace("thumbnail", "original")).status_code == 404
    assert Client().get(address.replace("signature=", "signature=x")).status_code == 404
    assert Client().get(address.replace("until=1", "until=2")).status_code == 404
    time_machine.move_to(timezone.now() + timedelta(seconds=urls.LIFETIME + urls.STEP + 1))
    assert Client().get(address).status_code == 404


def test_a_deleted_picture_is_gone_at_once(image: Image, vera: User, client_for: Callable[[User], Client]):
    address, signed = urls.url(image), urlsplit(urls.signed_url(image))
    Image.objects.filter(pk=image.pk).update(deleted_at=timezone.now())
    assert client_for(vera).get(address).status_code == 404
    assert Client().get(f"{signed.path}?{signed.query}").status_code == 404


def test_a_preview_that_came_too_late_is_the_image(
    image: Image, vera: User, client_for: Callable[[User], Client]
):
    answer = client_for(vera).get(urls.url(image, "preview"))
    assert answer.status_code == 200
    assert answer.content == client_for(vera).get(urls.url(image, "thumbnail")).content


@pytest.mark.parametrize("variant", ["", "..", "secret", "medium%00"])
def test_nonsense_is_not_found(variant: str, image: Image, vera: User, client_for: Callable[[User], Client]):
    assert client_for(vera).get(f"/files/{image.public_id}/{variant}").status_code == 404
