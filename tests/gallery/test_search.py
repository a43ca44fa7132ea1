"""Words, models, shapes, days and stars: what is found, in whose gallery."""

import pytest
from django.http import QueryDict

from gallery import curation, search
from gallery.filters import Filters
from gallery.models import Wording


@pytest.fixture
def find(workspace, bob):
    """Prompts that an address finds, newest first."""

    def ask(query: str) -> list[str]:
        found = search.images(workspace, Filters.read(QueryDict(query)), bob)
        return [image.generation.prompt for image in found.select_related("generation")]

    return ask


def test_words_are_found_in_any_form_and_order_and_the_last_one_begun(pictures, find):
    pictures("Paper-cut mountains at dawn", "A mountain hare", "The sea")
    assert find("q=mountain") == ["A mountain hare", "Paper-cut mountains at dawn"]
    assert find("q=dawn+mountains") == ["Paper-cut mountains at dawn"]
    assert find("q=moun") == ["A mountain hare", "Paper-cut mountains at dawn"]
    assert find("q=mountain+sea") == []


@pytest.mark.parametrize(
    "words", ["'", '"', "a & b", "!!!", "\\", ":*", "(", "fox:*", "%00fox", "x" * 900, "<->", "æ", "w:1"]
)
def test_no_words_break_it(pictures, find, words):
    pictures("A fox")
    assert find(f"q={words}") in ([], ["A fox"])


def test_a_token_of_ours_can_not_be_typed(pictures, find, workspace):
    pictures("A fox")
    assert find(f"q=w:{workspace.pk.hex}") == []
    assert find("q=m:gpt-image-2.5-flare") == []


def test_models_shapes_and_words_narrow_together(pictures, find):
    pictures("A wide fox", size=(1536, 1024))
    pictures("A tall fox", size=(1024, 1536), model="gpt-image-2")
    pictures("A square fox")
    assert find("shape=tall") == ["A tall fox"]
    assert find("shape=wide&q=fox") == ["A wide fox"]
    assert find("model=gpt-image-2") == ["A tall fox"]
    assert find("model=gpt-image-2&shape=square") == []
    assert find("model=x'y&shape=nonsense") == []


def test_days_bound_the_list(pictures, find):
    pictures("Old", days=40)
    pictures("New")
    day = pictures("Middle", days=10)[0].created_at.date()
    assert find(f"since={day}") == ["New", "Middle"]
    assert find(f"until={day}") == ["Middle", "Old"]
    assert find(f"since={day}&until={day}") == ["Middle"]
    assert find(f"since={day}&dates=any") == ["New", "Middle", "Old"]
    assert find("since=31-31-31") == ["New", "Middle", "Old"]


def test_stars_are_ones_own(pictures, find, alice, bob):
    first, second, _ = pictures("One", "Two", "Three")
    curation.add_favorite(first, bob)
    curation.add_favorite(first, bob)
    curation.add_favorite(second, alice)
    assert find("favorites=1") == ["One"]
    curation.remove_favorite(first, bob)
    assert find("favorites=1") == []


def test_a_foreign_gallery_is_never_searched(pictures, find, other_workspace):
    pictures("A foreign fox", to=other_workspace)
    for query in ("", "q=fox", "model=gpt-image-2.5-flare", "shape=square"):
        assert find(query) == []


def test_what_is_deleted_failed_or_waiting_is_not_there(pictures, find, workspace):
    gone, failed = pictures("Gone fox", "Failed fox")
    workspace.images.filter(pk=gone.pk).update(deleted_at="2026-11-22T00:00Z")
    workspace.images.filter(pk=failed.pk).update(status="failed", reason="timeout")
    assert find("") == find("q=fox") == []


def test_many_that_fit_are_found_as_well_as_few(pictures, find, monkeypatch):
    pictures(*(f"Fox {n}" for n in range(5)))
    assert len(find("q=fox")) == 5
    monkeypatch.setattr(search, "FEW", 2)
    assert find("q=fox") == [f"Fox {n}" for n in reversed(range(5))]


def test_words_are_kept_once_for_a_generation_when_its_first_image_is_stored(pictures, workspace):
    images = pictures("A fox", count=3)
    assert Wording.objects.count() == 1
    workspace.images.filter(pk=images[0].pk).update(status="stored")
    assert "'fox'" in str(Wording.objects.get().search)


def test_filters_say_themselves_as_an_address():
    query = "q=red+fox&model=gpt-image-2&shape=tall&favorites=1&since=2026-11-01&until=2026-11-22"
    assert Filters.read(QueryDict(query)).query() == f"?{query}"
    assert Filters().query() == ""
    assert not Filters()
