"""The gallery's page: by key, never counted, the same work for ten images as for ten thousand."""

import re

import pytest

from core import ids
from core.database import keyset
from generation.models import Image
from tests.gallery.conftest import HTMX, shown


def test_an_empty_gallery_says_where_pictures_come_from(gallery):
    assert "Nothing here yet" in gallery.get("/gallery").content.decode()
    assert "No matches" in gallery.get("/gallery?q=fox").content.decode()


def test_pages_follow_each_other_without_gap_or_repetition(gallery, pictures):
    made = [one.public_id for one in reversed(pictures(*(f"Fox {n}" for n in range(150))))]
    page = gallery.get("/gallery").content
    seen = shown(page)
    for _ in range(3):
        more = page.decode().split('hx-get="')[-1].split('"')[0].replace("&amp;", "&")
        if "after=" not in more:
            break
        page = gallery.get(more, headers=HTMX).content
        assert b"<html" not in page
        seen += shown(page)
    assert [f"img_{one}" for one in seen] == made


def test_days_are_said_once_across_pages(gallery, pictures):
    pictures(*(f"Old {n}" for n in range(70)), days=1)
    pictures(*(f"New {n}" for n in range(20)))
    first = gallery.get("/gallery").content.decode()
    assert first.count('class="day-head"') == 2
    more = first.split('hx-get="')[-1].split('"')[0].replace("&amp;", "&")
    assert 'class="day-head"' not in gallery.get(more, headers=HTMX).content.decode()


def test_coming_back_begins_at_the_place_and_leads_upwards(gallery, pictures):
    made = list(reversed(pictures(*(f"Fox {n}" for n in range(130)))))
    page = gallery.get(f"/gallery?from={made[100].public_id}").content
    assert [f"img_{one}" for one in shown(page)][:1] == [made[100].public_id]
    up = page.decode().split("data-newer")[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    newer = gallery.get(up, headers=HTMX).content
    assert [f"img_{one}" for one in shown(newer)] == [one.public_id for one in made[52:100]]


def test_a_typed_search_swaps_results_and_says_its_address(gallery, pictures):
    pictures("A red fox", "A hare")
    answer = gallery.get("/gallery?q=red+fox&model=&since=&until=", headers=HTMX)
    page = answer.content.decode()
    assert answer["HX-Push-Url"] == "/gallery?q=red+fox"
    assert len(shown(answer.content)) == 1
    assert 'id="chips" hx-swap-oob="true"' in page
    assert "<html" not in page


def test_the_work_is_the_same_for_few_and_for_many(gallery, pictures, django_assert_max_num_queries):
    pictures("Fox")
    with django_assert_max_num_queries(20) as few:
        gallery.get("/gallery?q=fox")
    number, counting = len(few), [q for q in few.captured_queries if "COUNT(" in q["sql"].upper()]
    assert not counting
    pictures(*(f"Fox {n}" for n in range(200)))
    for address in ("/gallery?q=fox", "/gallery", "/gallery?favorites=1", "/gallery?shape=square"):
        with django_assert_max_num_queries(number):
            gallery.get(address)


def test_a_page_reads_one_more_row_than_it_shows(pictures, workspace):
    pictures(*(f"Fox {n}" for n in range(5)))
    page = keyset.page(workspace.images.order_by("-pk"), 3)
    assert (len(page.rows), page.has_more, page.last) == (3, True, page.rows[-1])
    rest = keyset.page(workspace.images.order_by("-pk"), 3, after=page.last.pk)
    assert (len(rest.rows), rest.has_more, rest.last) == (2, False, None)


def test_viewers_look_and_choose_nothing(client_for, vera, pictures):
    pictures("A fox")
    page = client_for(vera).get("/gallery").content.decode()
    assert 'id="img_' in page
    assert 'type="checkbox"' not in page
    assert "/gallery/delete" not in page


def test_a_stranger_sees_his_own(client_for, charlie, pictures):
    image = pictures("A fox")[0]
    assert image.public_id not in client_for(charlie).get("/gallery").content.decode()
    assert image.public_id not in client_for(charlie).get(f"/gallery?from={image.public_id}").content.decode()


def test_nonsense_in_the_address_is_left_out(gallery, pictures):
    pictures("A fox")
    for query in ("after=x", "from=" + ids.public("gen", ids.new()), "newer=x", "since=x&until=y", "shape=x"):
        assert len(shown(gallery.get(f"/gallery?{query}").content)) == 1, query


@pytest.mark.parametrize(
    ("size", "made", "widths"),
    [
        ((1024, 1024), ("t.webp", ""), {"thumbnail": 512, "original": 1024}),
        ((1536, 512), ("t.webp", ""), {"thumbnail": 512, "original": 1536}),
        ((1536, 512), ("t.webp", "m.webp"), {"thumbnail": 512, "medium": 1024}),
        ((512, 1536), ("t.webp", ""), {"thumbnail": 171, "original": 512}),
        ((512, 512), ("t.webp", ""), {"thumbnail": 512}),
        ((3840, 2160), ("t.webp", "m.webp"), {"thumbnail": 512, "medium": 1600}),
        ((1152, 2048), ("t.webp", "m.webp"), {"thumbnail": 288, "medium": 900}),
        ((1024, 1024), ("", ""), {"thumbnail": 512, "original": 1024}),
        ((1536, 512), ("", ""), {"thumbnail": 512, "medium": 1024}),
        ((512, 1536), ("", ""), {"thumbnail": 171, "medium": 341}),
        ((3840, 2160), ("", ""), {"thumbnail": 512, "medium": 1600}),
        ((512, 512), ("", ""), {"thumbnail": 512}),
    ],
)
def test_a_tile_names_each_version_with_its_true_width(gallery, pictures, size, made, widths):
    (image,) = pictures("Fox", size=size)
    thumbnail, medium = made
    Image.objects.filter(pk=image.pk).update(
        width=size[0], height=size[1], thumbnail=thumbnail, medium=medium
    )
    page = gallery.get("/gallery").content.decode()
    (srcset,) = re.findall(r'srcset="([^"]+)"', page)
    said = [part.rsplit("/", 1)[1].split() for part in srcset.split(", ")]
    assert {variant: int(width.rstrip("w")) for variant, width in said} == widths
    large = gallery.get(f"/gallery/{image.public_id}").content.decode()
    (srcset,) = re.findall(r'srcset="([^"]+)"', large)
    (source,) = re.findall(r'data-view><img src="([^"]+)"', large)
    assert source in srcset
    assert srcset.endswith(f"original {size[0]}w") or size == (512, 512)
