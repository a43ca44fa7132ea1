"""One image: seen large, starred, deleted; by its workspace alone."""

import pytest
from django.utils import timezone

from core import ids
from gallery.models import Favorite
from generation.models import Image
from tests.gallery.conftest import HTMX


def test_it_tells_prompt_settings_receipt_and_digest(gallery, pictures):
    first, _, third = pictures("A fox in\nthe snow", count=3)
    Image.objects.filter(pk=third.pk).update(status="failed", reason="timeout")
    page = gallery.get(f"/gallery/{first.public_id}").content.decode()
    assert "A fox in\nthe snow" in page
    assert "gpt-image-2.5-flare" in page
    assert "01" * 32 in page
    assert "1 of 2" in page
    assert "<dt>Quoted, 3 images</dt><dd>3</dd>" in page
    assert "<dt>Delivered, others</dt><dd>1</dd>" in page
    assert "<dt>Returned</dt><dd>1</dd>" in page
    assert "<dt>This image</dt><dd>1 credit</dd>" in page
    assert f"/files/{first.public_id}/original?download" in page


def test_neighbours_are_those_of_the_list_it_was_opened_from(gallery, pictures):
    old, hare, fox, new = pictures("An old fox", "A hare", "A fox", "A new fox")
    page = gallery.get(f"/gallery/{fox.public_id}").content.decode()
    assert f'href="/gallery/{new.public_id}" data-turn' in page
    assert f'href="/gallery/{hare.public_id}" data-turn' in page
    page = gallery.get(f"/gallery/{fox.public_id}?q=fox").content.decode()
    assert f'href="/gallery/{old.public_id}?q=fox" data-turn' in page
    assert 'rel="prev"' not in gallery.get(f"/gallery/{new.public_id}").content.decode()
    assert 'rel="next"' not in gallery.get(f"/gallery/{old.public_id}").content.decode()


def test_it_costs_the_same_queries_in_a_large_gallery(gallery, pictures, django_assert_max_num_queries):
    image = pictures("A fox")[0]
    with django_assert_max_num_queries(16) as few:
        gallery.get(f"/gallery/{image.public_id}")
    number = len(few)
    pictures(*(f"Fox {n}" for n in range(100)))
    with django_assert_max_num_queries(number):
        gallery.get(f"/gallery/{image.public_id}")


@pytest.mark.parametrize(("verb", "path"), [("get", ""), ("post", "/favorite"), ("post", "/delete")])
def test_a_stranger_and_nobody_get_the_same_answer(client_for, charlie, pictures, verb, path):
    image = pictures("A fox")[0]
    theirs = client_for(charlie)
    for asked in (image.public_id, ids.public("img", ids.new()), "img_x", "x"):
        assert getattr(theirs, verb)(f"/gallery/{asked}{path}").status_code == 404
    image.refresh_from_db()
    assert image.deleted_at is None
    assert not Favorite.objects.exists()


def test_deleted_and_unfinished_images_are_not_found(gallery, pictures):
    deleted, failed = pictures("A fox", "A hare")
    Image.objects.filter(pk=deleted.pk).update(deleted_at=timezone.now())
    Image.objects.filter(pk=failed.pk).update(status="failed", reason="timeout")
    for image in (deleted, failed):
        assert gallery.get(f"/gallery/{image.public_id}").status_code == 404


def test_a_star_is_put_and_taken_and_saying_it_twice_is_saying_it_once(gallery, pictures, bob):
    image = pictures("A fox")[0]
    path = f"/gallery/{image.public_id}/favorite"
    for on, pressed in (("1", "true"), ("1", "true"), ("", "false"), ("", "false")):
        page = gallery.post(path, {"on": on, "look": "glass hover"}, headers=HTMX).content.decode()
        assert f'aria-pressed="{pressed}"' in page
        assert 'class="button square star glass hover"' in page
        assert Favorite.objects.filter(user=bob, image=image).count() == (1 if on else 0)
    assert "onload" not in gallery.post(path, {"look": '" onload="x'}, headers=HTMX).content.decode()


def test_viewers_may_star_and_not_delete(client_for, vera, pictures):
    image = pictures("A fox")[0]
    theirs = client_for(vera)
    assert theirs.post(f"/gallery/{image.public_id}/favorite", {"on": "1"}).status_code == 302
    assert theirs.post(f"/gallery/{image.public_id}/delete").status_code == 403
    assert theirs.post("/gallery/delete", {"image": image.public_id}).status_code == 403
    image.refresh_from_db()
    assert image.deleted_at is None


def test_one_is_deleted(gallery, pictures):
    image = pictures("A fox")[0]
    answer = gallery.post(f"/gallery/{image.public_id}/delete", headers=HTMX)
    assert answer.status_code == 204
    assert image.public_id in answer["HX-Trigger"]
    image.refresh_from_db()
    assert image.deleted_at is not None
    assert (image.file, image.status) == ("a.png", "stored"), "the sweeper takes the file; the charge stays"


def test_many_are_deleted_and_foreign_ones_passed_over(gallery, pictures, other_workspace):
    mine = pictures("One", "Two", "Three")
    foreign = pictures("Theirs", to=other_workspace)[0]
    chosen = [mine[0].public_id, mine[1].public_id, foreign.public_id, "nonsense"]
    assert gallery.post("/gallery/delete", {"image": chosen}).status_code == 302
    assert list(Image.objects.filter(deleted_at=None).order_by("pk")) == [mine[2], foreign]
