"""References in the composer: uploaded, or taken from an image that was made here."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as Picture

from core import ids
from generation.models import Reference
from tests.studio.conftest import HTMX


@pytest.fixture
def picture():
    """A red PNG of 64 pixels."""
    file = io.BytesIO()
    Picture.new("RGB", (64, 64), "red").save(file, "PNG")
    file.seek(0)
    file.name = "red.png"
    return file


def test_a_file_becomes_a_chip(studio, picture, workspace):
    answer = studio.post("/studio/references", {"upload": picture}, headers=HTMX)
    reference = workspace.references.get()
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.startswith("<li>")
    assert f'name="reference" value="{reference.public_id}"' in page
    assert f"/files/{reference.public_id}/thumbnail" in page


def test_what_is_no_picture_is_refused_in_plain_words(studio):
    bad = ContentFile(b"\x89PNG\r\n\x1a\nnothing", name="bad.png")
    answer = studio.post("/studio/references", {"upload": bad}, headers=HTMX)
    assert answer.status_code >= 400
    assert answer["Content-Type"].startswith("text/plain")
    assert not Reference.objects.exists()
    assert studio.post("/studio/references", {}, headers=HTMX).status_code == 400


def test_an_image_becomes_a_reference(studio, ordered, picture, workspace):
    image = ordered(stored=1).images.get(index=0)
    image.file = default_storage.save(f"w/{ids.new()}.png", ContentFile(picture.read()))
    image.save()
    answer = studio.post("/studio/references", {"image": image.public_id}, headers=HTMX)
    assert answer.status_code == 200, answer.content
    reference = workspace.references.get()
    sent = studio.post("/studio/references", {"image": image.public_id})
    assert sent["Location"] == f"/studio?reference={reference.public_id}"
    assert reference.public_id in studio.get(sent["Location"]).content.decode()


def test_a_foreign_image_is_like_one_that_never_was(studio, ordered, client_for, charlie):
    image = ordered(stored=1).images.get(index=0)
    theirs = client_for(charlie)
    for asked in (image.public_id, ids.public("img", ids.new()), "x"):
        assert theirs.post("/studio/references", {"image": asked}, headers=HTMX).status_code == 404
    assert not Reference.objects.exists()


def test_an_image_without_its_file_is_said_and_kept_out(studio, ordered):
    image = ordered(stored=1).images.get(index=0)
    image.file = "nowhere.png"
    image.save()
    answer = studio.post("/studio/references", {"image": image.public_id}, headers=HTMX)
    assert answer.status_code == 400
    assert not Reference.objects.exists()


def test_viewers_upload_nothing(client_for, vera, picture, catalog):
    assert client_for(vera).post("/studio/references", {"upload": picture}).status_code == 403
