"""Two images beside each other: what differs in how they were made, told for one's own workspace alone."""

import time

import pytest

from core import ids
from gallery.comparison import MOST_STEPS, DiffSegment, differences
from generation.models import Generation, Image


def compared(client, a, b):
    return client.get(f"/gallery/compare?a={a}&b={b}")


def test_it_tells_what_differs_and_what_does_not(gallery, pictures):
    old, new = (
        pictures("A fox in warm light"),
        pictures("A fox in cool light", size=(1536, 1024), model="gpt-image-2"),
    )
    Generation.objects.filter(pk=new[0].generation_id).update(quality="high")
    page = compared(gallery, old[0].public_id, new[0].public_id).content.decode()
    assert "<del> warm</del><ins> cool</ins>" in page
    assert (
        '<th scope="row">Quality</th><td class="number">Medium</td><td class="new number">High</td>' in page
    )
    assert '<th scope="row">Model</th>' in page
    assert '<th scope="row">Size</th>' in page
    assert "<dt>Cost</dt>" in page
    assert '<th scope="row">Cost</th>' not in page
    assert "3 of 10" in page


def test_images_of_one_run_say_that_nothing_differs_and_offer_the_others(gallery, pictures):
    first, second, third = pictures("A fox", count=3)
    page = compared(gallery, first.public_id, second.public_id).content.decode()
    assert "Both were made with the same settings." in page
    assert "The same words for both." in page
    assert f"/gallery/compare?a={second.public_id}&amp;b={first.public_id}" in page, "swap"
    assert f"/gallery/compare?a={first.public_id}&amp;b={third.public_id}" in page, "the film"


def test_a_foreign_image_is_like_one_that_never_was(gallery, client_for, charlie, pictures, other_workspace):
    mine, theirs = pictures("Mine")[0], pictures("Theirs", to=other_workspace)[0]
    gone, failed = pictures("Gone", "Failed")
    Image.objects.filter(pk=gone.pk).update(deleted_at="2026-11-22T00:00Z")
    Image.objects.filter(pk=failed.pk).update(status="failed", reason="timeout")
    never = ids.public("img", ids.new())
    for other in (theirs.public_id, never, gone.public_id, failed.public_id, "img_x", "", "\0"):
        for pair in ((mine.public_id, other), (other, mine.public_id)):
            assert compared(gallery, *pair).status_code == 404, pair
    assert gallery.get("/gallery/compare").status_code == 404
    assert compared(client_for(charlie), mine.public_id, mine.public_id).status_code == 404


def test_it_is_offered_where_there_are_two(gallery, pictures, client_for, vera):
    first, second = pictures("A fox", count=2)
    alone = pictures("A hare")[0]
    link = f"/gallery/compare?a={first.public_id}&amp;b={second.public_id}"
    assert link in gallery.get(f"/gallery/{first.public_id}").content.decode()
    assert "/gallery/compare?" not in gallery.get(f"/gallery/{alone.public_id}").content.decode()
    assert "data-compare" in gallery.get("/gallery").content.decode()
    assert compared(client_for(vera), first.public_id, second.public_id).status_code == 200
    studio = gallery.get("/studio").content.decode()
    Generation.objects.update(source="studio", created_by=gallery.session["_auth_user_id"])
    studio = gallery.get("/studio").content.decode()
    assert link in studio


def test_it_takes_the_same_queries_for_a_long_run(gallery, pictures, django_assert_max_num_queries):
    first, second, *_ = pictures("A fox", count=10)
    with django_assert_max_num_queries(14):
        compared(gallery, first.public_id, second.public_id)


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("a fox", "a fox", [("same", "a fox")]),
        ("", "a fox", [("new", "a fox")]),
        ("a fox", "", [("gone", "a fox")]),
        ("a red fox", "a blue fox", [("same", "a"), ("gone", " red"), ("new", " blue"), ("same", " fox")]),
        ("a fox", "a fox runs", [("same", "a fox"), ("new", " runs")]),
        ("one two three", "three", [("gone", "one two three"), ("new", "three")]),
    ],
)
def test_words_are_compared_with_the_space_before_them(old, new, pieces):
    assert differences(old, new) == [DiffSegment(kind, text) for kind, text in pieces]


def test_the_pieces_say_both_texts_whole():
    old, new = "A fox,\n\nin the snow. At dawn", "A hare,\n\nin deep snow. At night, at last"
    pieces = differences(old, new)
    assert "".join(one.text for one in pieces if one.kind != "new") == old
    assert "".join(one.text for one in pieces if one.kind != "gone") == new


def test_no_pair_of_prompts_takes_long():
    side = int(MOST_STEPS**0.5)
    shared = [(f"w{n} u{n}", f"w{n} v{n}") for n in range(side // 2)]
    worst = tuple(" ".join(words) for words in zip(*shared, strict=True))
    longest = ("a " * 16_000, "b " * 15_999 + "a")
    for pair in (worst, longest, longest[::-1]):
        began = time.process_time()
        differences(*pair)
        assert time.process_time() - began < 2
