"""The Studio's page: what it begins with, whose work it shows, and how little it asks of the database."""

import pytest
from django.test import Client

from core import ids
from generation.models import Generation
from tests.studio.conftest import HTMX


def test_a_new_studio_offers_somewhere_to_start(studio):
    page = studio.get("/studio").content.decode()
    assert "What would you like to make?" in page
    assert "Generate<" in page
    assert "Balance after: 96" in page


def test_strangers_sign_in_first(db):
    answer = Client().get("/studio?prompt=fox")
    assert answer.status_code == 302
    assert "next=/studio%3Fprompt%3Dfox" in answer["Location"]


def test_it_begins_with_the_last_settings_and_no_words(studio, ordered):
    ordered(quality="high", shape="3:2", size="1536x1024", n="1", max_credits="3")
    page = studio.get("/studio").content.decode()
    assert 'id="quality-high" value="high" checked' in page
    assert 'value="3:2" checked' in page
    assert 'adjectives."></textarea>' in page


def test_the_address_may_bring_words_and_a_model(studio):
    page = studio.get("/studio?prompt=A+%3Cb%3E+fox&model=gpt-image-2&n=3").content.decode()
    assert "A &lt;b&gt; fox</textarea>" in page
    assert 'value="gpt-image-2" checked' in page
    assert 'id="n-3" value="3" checked' in page


def test_remix_brings_prompt_and_settings_back(studio, ordered):
    generation = ordered(prompt="A green fox", quality="low", n="1", max_credits="1")
    for path in ("/studio", "/studio/composer"):
        page = studio.get(f"{path}?remix={generation.public_id}").content.decode()
        assert "A green fox</textarea>" in page
        assert 'id="quality-low" value="low" checked' in page


@pytest.mark.parametrize("path", ["/studio", "/studio/composer"])
def test_a_foreign_generation_can_not_be_remixed(studio, ordered, client_for, charlie, path):
    generation = ordered()
    theirs = client_for(charlie)
    for asked in (generation.public_id, ids.public("gen", ids.new()), "nonsense"):
        assert theirs.get(f"{path}?remix={asked}").status_code == 404


def test_the_strip_is_ones_own_and_a_viewers_is_everybodys(studio, ordered, client_for, alice, vera):
    generation = ordered()
    assert generation.public_id in studio.get("/studio").content.decode()
    assert f'id="{generation.public_id}"' not in client_for(alice).get("/studio").content.decode()
    assert f'id="{generation.public_id}"' in client_for(vera).get("/studio").content.decode()


def test_older_cards_come_by_key(studio, ordered):
    made = [ordered(prompt=f"Fox {n}", request_key=f"key-{n:08}", n="1", max_credits="1") for n in range(10)]
    page = studio.get("/studio").content.decode()
    assert [f'id="{one.public_id}"' in page for one in made] == [False] * 2 + [True] * 8
    older = studio.get(f"/studio?after={made[2].public_id}", headers=HTMX).content.decode()
    assert [f'id="{one.public_id}"' in older for one in made] == [True] * 2 + [False] * 8
    assert "composer" not in older


def test_a_card_says_what_was_charged_held_and_given_back(studio, ordered):
    generation = ordered(stored=1)
    assert "1 charged, 1 held" in studio.get("/studio").content.decode()
    generation.images.filter(index=1).update(
        status="failed", reason="moderation_output", detail={"categories": ["violence"]}
    )
    page = studio.get("/studio").content.decode()
    assert "1 credit for 1, 1 returned" in page
    assert "Category: violence. </span>Not charged." in page


def test_declined_words_get_a_verdict(studio, ordered):
    ordered().images.update(status="failed", reason="moderation_input")
    page = studio.get("/studio").content.decode()
    assert "The image was stopped before it was made" in page
    assert "0 credits, 2 returned" in page


def test_the_number_of_queries_does_not_grow_with_the_strip(studio, ordered, django_assert_max_num_queries):
    ordered(stored=2)
    with django_assert_max_num_queries(54) as few:
        studio.get("/studio")
    number = len(few)
    for n in range(6):
        ordered(stored=2, request_key=f"key-{n:08}")
    with django_assert_max_num_queries(number):
        studio.get("/studio")


def test_words_are_words_and_no_markup(studio, ordered):
    ordered(prompt="<script>alert(1)</script>", stored=2)
    page = studio.get("/studio").content.decode()
    assert "<script>alert" not in page
    assert Generation.objects.count() == 1


def test_prompts_of_the_past_are_ones_own_and_each_once(studio, ordered, client_for, alice):
    for n, words in enumerate(("one", "two", "one")):
        ordered(prompt=words, request_key=f"key-{n:08}")
    assert studio.get("/studio/prompts").json() == {"prompts": ["one", "two"]}
    assert client_for(alice).get("/studio/prompts").json() == {"prompts": []}
