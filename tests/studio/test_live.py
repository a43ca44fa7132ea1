"""What a page asks for when something happened: its cards, the tray, the balance."""

from tests.studio.conftest import HTMX


def test_cards_tray_and_balance_come_together(studio, ordered):
    generation = ordered(stored=1)
    page = studio.get(f"/studio/live?card={generation.public_id}").content.decode()
    assert f'id="{generation.public_id}"' in page
    assert "1 of 2" in page
    assert "1 running" in page
    assert "98" in page


def test_foreign_and_made_up_cards_are_passed_over(studio, ordered, client_for, charlie):
    generation = ordered()
    page = client_for(charlie).get(f"/studio/live?card={generation.public_id}&card=x").content.decode()
    assert generation.public_id not in page
    assert "Nothing is running." in page


def test_the_tray_names_who_else_runs_something(studio, ordered, client_for, alice, vera):
    ordered(prompt="A tray fox")
    page = client_for(alice).get("/studio/live").content.decode()
    assert "A tray fox" in page
    assert "Bob" in page
    assert "/cancel" in page
    assert "/cancel" not in client_for(vera).get("/studio/live").content.decode()


def test_many_cards_cost_as_many_queries_as_one(studio, ordered, django_assert_max_num_queries):
    made = [ordered(request_key=f"key-{n:08}") for n in range(4)]
    with django_assert_max_num_queries(38) as few:
        studio.get(f"/studio/live?card={made[0].public_id}")
    with django_assert_max_num_queries(len(few)):
        studio.get("/studio/live?" + "&".join(f"card={one.public_id}" for one in made))


def test_cancel_gives_back_what_was_not_sent(studio, ordered, have):
    generation = ordered()
    answer = studio.post(f"/studio/generations/{generation.public_id}/cancel", headers=HTMX)
    assert answer.status_code == 204
    assert "studio:refresh" in answer["HX-Trigger"]
    assert (have().available, have().held) == (100, 0)
    assert "Canceled" in studio.get("/studio").content.decode()


def test_cancel_is_for_members_of_the_workspace(studio, ordered, client_for, vera, charlie, have):
    generation = ordered()
    path = f"/studio/generations/{generation.public_id}/cancel"
    assert client_for(vera).post(path).status_code == 403
    assert client_for(charlie).post(path).status_code == 404
    assert have().held == 2


def test_code_says_the_same_in_three_languages(studio, ordered, client_for, charlie):
    generation = ordered(prompt='It\'s a "fox"\n& more', quality="high", n="1", max_credits="3")
    path = f"/studio/generations/{generation.public_id}/code"
    page = studio.get(path, headers=HTMX).content.decode()
    assert page.lstrip().startswith("<dialog")
    for words in ("curl ", "from openai import OpenAI", "import OpenAI from", "quality"):
        assert words in page
    assert "<html" in studio.get(path).content.decode()
    assert client_for(charlie).get(path).status_code == 404
