"""Run again: the same order, once a press, at the price on the button."""

import re

from generation.catalog import cache as rows
from generation.models import Generation, ModelPrice
from tests.studio.conftest import HTMX


def press(studio, generation, **changes):
    fields = {"request_key": "again-00000001", "max_credits": "2", **changes}
    return studio.post(f"/studio/generations/{generation.public_id}/again", fields, headers=HTMX)


def test_it_orders_the_same_once(studio, ordered, have):
    generation = ordered(prompt="Again, fox")
    first, second = press(studio, generation), press(studio, generation)
    assert first.status_code == second.status_code == 200
    made = Generation.objects.exclude(pk=generation.pk).get()
    assert (made.prompt, made.count, made.credits) == ("Again, fox", 2, 2)
    assert made.public_id in first.content.decode()
    assert have().held == 4


def test_its_button_shows_the_price_of_now(studio, ordered, nothing_moves):
    generation = ordered(stored=2)
    page = studio.get("/studio").content.decode()
    assert re.search(
        r'name="max_credits" value="2"><button class="button" type="submit">.*?Run again', page, re.DOTALL
    )
    ModelPrice.objects.filter(model="gpt-image-2.5-flare", quality="medium").update(credits=4)
    rows.invalidate()
    with nothing_moves():
        answer = press(studio, generation)
    assert answer.status_code == 409
    assert 'name="max_credits" value="8"' in answer.content.decode()
    assert "This costs 8 credits now, not 2" in answer["HX-Trigger"]


def test_too_few_credits_lead_to_the_packs(studio, ordered, nothing_moves):
    generation = ordered(quality="max", size="2048x2048", n="4", max_credits="88")
    with nothing_moves():
        answer = press(studio, generation, max_credits="88")
    assert answer.status_code == 402
    assert "/billing" in answer["HX-Trigger"]


def test_others_may_not(studio, ordered, client_for, vera, charlie, nothing_moves):
    generation = ordered()
    with nothing_moves():
        assert press(client_for(vera), generation).status_code == 403
        assert press(client_for(charlie), generation).status_code == 404


def test_without_scripts_it_returns_to_the_studio(studio, ordered):
    generation = ordered()
    path = f"/studio/generations/{generation.public_id}/again"
    answer = studio.post(path, {"request_key": "again-00000001", "max_credits": "2"})
    assert (answer.status_code, answer["Location"]) == (302, "/studio")
    assert Generation.objects.count() == 2
