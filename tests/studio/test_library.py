"""The page of the workspace's references: listed by key, added, used, taken away."""

import pytest
from django.core.files.base import ContentFile

from core import ids
from generation.models import Reference
from generation.references import library
from generation.views.references.library import MOST_AT_ONCE, PAGE
from tests.studio.conftest import HTMX
from tests.studio.test_masks import drawn, transparent


@pytest.fixture
def many(workspace):
    """One page and one more, as rows alone."""
    one = {"workspace": workspace, "file": "a.png", "thumbnail": "a.webp", "format": "png"}
    rows = [
        Reference(**one, name=f"no {at}", width=64, height=64, size=5, sha256=b"") for at in range(PAGE + 1)
    ]
    return Reference.objects.bulk_create(rows)


def test_pages_by_key_and_leaves_masks_out(studio, many, workspace, django_assert_max_num_queries):
    library.upload(workspace, transparent(), is_mask=True)
    with django_assert_max_num_queries(15):
        page = studio.get("/references").content.decode()
    assert page.count('class="plate"') == PAGE
    assert f"/studio?reference={many[-1].public_id}" in page
    assert many[0].public_id not in page
    rest = studio.get(f"/references?after={many[1].public_id}", headers=HTMX).content.decode()
    assert rest.count('class="plate"') == 1
    assert many[0].public_id in rest


def test_adds_what_is_a_picture_and_names_what_is_not(studio, workspace):
    broken = ContentFile(b"nothing", name="notes.txt")
    answer = studio.post("/references/add", {"upload": [drawn(), broken]}, follow=True)
    page = answer.content.decode()
    assert workspace.references.get().name == "drawn.png"
    assert "1 image added." in page
    assert "notes.txt: Only images can be uploaded: PNG, JPEG, WebP, HEIC" in page


def test_says_what_it_left_unread(studio, workspace):
    files = [drawn(edge=8 + at) for at in range(MOST_AT_ONCE + 1)]
    page = studio.post("/references/add", {"upload": files}, follow=True).content.decode()
    assert workspace.references.count() == MOST_AT_ONCE
    assert f"Only the first {MOST_AT_ONCE} files were read" in page


def test_deletes_from_the_list_and_leaves_the_record(studio, form, workspace):
    reference = library.upload(workspace, drawn())
    studio.post("/studio/generate", form(reference=reference.public_id, max_credits="4"), headers=HTMX)
    page = studio.post(f"/references/{reference.public_id}/delete", follow=True).content.decode()
    assert "drawn.png” was deleted" in page
    assert "No references yet" in page
    assert workspace.generations.get().references == [reference.pk]


def test_viewers_look_and_strangers_find_nothing(client_for, vera, charlie, workspace, catalog):
    reference = library.upload(workspace, drawn())
    page = client_for(vera).get("/references").content.decode()
    assert "drawn.png" in page
    assert "/delete" not in page
    assert client_for(vera).post(f"/references/{reference.public_id}/delete").status_code == 403
    assert client_for(vera).post("/references/add", {"upload": drawn()}).status_code == 403
    theirs = client_for(charlie)
    for asked in (reference.public_id, ids.public("rfe", ids.new()), "x"):
        assert theirs.post(f"/references/{asked}/delete").status_code == 404
    assert Reference.objects.get().deleted_at is None
