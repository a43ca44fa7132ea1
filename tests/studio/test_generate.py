"""Generate: one click, one generation, at the price on the button or not at all."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Picture

from billing.ledger.balance import Balance
from generation.catalog import cache as rows
from generation.models import Generation, ImageModel, ModelPrice
from tests.studio.conftest import HTMX


def test_a_new_card_comes_back_with_a_button_for_the_next_request(studio, form, have, bob):
    answer = studio.post("/studio/generate", form(), headers=HTMX)
    generation = Generation.objects.get()
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.index(generation.public_id) < page.index('id="generate"')
    assert "0 charged, 2 held" in page
    assert 'value="0123456789abcdef"' not in page, "the key is spent"
    assert 'hx-swap-oob="true"' in page
    assert have() == Balance(available=98, held=2)
    assert (generation.created_by, generation.source, generation.credits) == (bob, "studio", 2)


def test_without_scripts_it_posts_and_returns_to_the_studio(studio, form, have):
    answer = studio.post("/studio/generate", form())
    assert (answer.status_code, answer["Location"]) == (302, "/studio")
    assert Generation.objects.get().public_id in studio.get("/studio").content.decode()
    assert have() == Balance(available=98, held=2)


def test_a_double_click_is_one_generation(studio, form, have):
    first, second = (studio.post("/studio/generate", form(), headers=HTMX) for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert Generation.objects.count() == 1
    assert Generation.objects.get().public_id in second.content.decode()
    assert have() == Balance(available=98, held=2)


def test_a_spent_key_with_other_words_asks_to_press_again(studio, form, nothing_moves):
    studio.post("/studio/generate", form(), headers=HTMX)
    with nothing_moves():
        answer = studio.post("/studio/generate", form(prompt="A blue fox"), headers=HTMX)
    assert answer.status_code == 422
    assert "went through after all" in answer.content.decode()
    assert "0123456789abcdef" not in answer.content.decode(), "the next press has a new key"


def test_the_same_key_of_another_member_is_another_request(studio, form, client_for, alice):
    studio.post("/studio/generate", form(), headers=HTMX)
    client_for(alice).post("/studio/generate", form(), headers=HTMX)
    assert Generation.objects.count() == 2


def test_a_price_that_rose_is_shown_instead_of_charged(studio, form, nothing_moves, have):
    ModelPrice.objects.filter(model="gpt-image-2.5-flare", quality="medium").update(credits=3)
    rows.invalidate()
    with nothing_moves():
        answer = studio.post("/studio/generate", form(), headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "This costs 6 credits now, not 2. Nothing was charged" in page
    assert 'name="max_credits" value="6"' in page
    assert answer["HX-Retarget"] == "#generate"
    again = studio.post("/studio/generate", form(max_credits="6"), headers=HTMX)
    assert again.status_code == 200
    assert have() == Balance(available=94, held=6)


@pytest.mark.parametrize("shown", [None, "", "free", "-1", "1.5", "٣", "9" * 30])
def test_no_price_no_charge(studio, form, nothing_moves, shown):
    with nothing_moves():
        answer = studio.post("/studio/generate", form(max_credits=shown), headers=HTMX)
    assert answer.status_code == 409
    assert "showed no price yet" in answer.content.decode()


def test_too_few_credits_turn_the_button_into_buy_and_keep_the_words(studio, form, nothing_moves):
    dear = form(quality="max", size="2048x2048", n="4", max_credits="88")
    assert studio.post("/studio/generate", dear, headers=HTMX).status_code == 200
    with nothing_moves():
        answer = studio.post("/studio/generate", {**dear, "request_key": "fedcba9876543210"})
    page = answer.content.decode()
    assert answer.status_code == 402
    assert "Buy credits" in page
    assert "76 short" in page
    assert "A red fox" in page


BAD = [
    ({"prompt": ""}, "Write what the image should show."),
    ({"prompt": " \n\t "}, "Write what the image should show."),
    ({"prompt": "x" * 32_001}, "the maximum is 32,000"),
    ({"prompt": "a\0b"}, "not text"),
    ({"n": "0"}, "1 to 4 images"),
    ({"n": "5"}, "1 to 4 images"),
    ({"n": "-1"}, "1 to 4 images"),
    ({"n": "many"}, "whole number"),
    ({"shape": "", "size": "16x16"}, "too small"),
    ({"shape": "", "size": "1000x1000"}, "divisible by 16"),
    ({"shape": "", "size": "16000x16000"}, "too large"),
    ({"shape": "", "size": "wide"}, "size"),
    ({"quality": "best"}, "does not support that quality"),
    ({"background": "plaid"}, "does not support that background"),
    ({"background": "transparent", "output_format": "jpeg"}, "JPEG has no transparency"),
    ({"output_format": "gif"}, "does not support that output format"),
    ({"model": "gpt-image-1"}, "was retired by its maker"),
    ({"model": "no-such-model"}, "no model with that name"),
    ({"reference": "rfe_00000000000000000000000000"}, "Reference image 1 was not found"),
    ({"reference": "nonsense"}, "Reference image 1 was not found"),
]


@pytest.mark.parametrize(("changes", "sentence"), BAD, ids=[str(changes)[:40] for changes, _ in BAD])
def test_what_can_not_be_made_is_refused_with_a_sentence(studio, form, nothing_moves, changes, sentence):
    with nothing_moves():
        answer = studio.post("/studio/generate", form(**changes), headers=HTMX)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert answer["HX-Retarget"] == "#generate"


def test_a_refusal_keeps_everything_where_no_script_does(studio, form, nothing_moves):
    with nothing_moves():
        answer = studio.post("/studio/generate", form(prompt="My words", n="9", quality="high"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "My words</textarea>" in page
    assert 'id="quality-high" value="high" checked' in page


def test_a_shape_without_its_size_orders_that_shape(studio, form):
    studio.post("/studio/generate", form(shape="3:2"))
    assert (Generation.objects.get().width, Generation.objects.get().height) == (1536, 1024)


def test_a_file_that_comes_along_becomes_a_reference(studio, form, workspace):
    file = io.BytesIO()
    Picture.new("RGB", (64, 64), "red").save(file, "PNG")
    file.seek(0)
    file.name = "red.png"
    answer = studio.post("/studio/generate", {**form(max_credits="4"), "upload": file})
    assert answer.status_code == 302, answer.content
    assert Generation.objects.get().references == [workspace.references.get().pk]


@pytest.mark.parametrize("sent", [{"upload": 2}, {"upload": 1, "mask": 1}, {"file": 1}])
def test_a_file_that_would_not_be_used_stops_it(studio, form, nothing_moves, sent):
    files = {name: [SimpleUploadedFile("a.png", b"a picture")] * count for name, count in sent.items()}
    with nothing_moves():
        answer = studio.post("/studio/generate", {**form(), **files})
    assert answer.status_code == 422
    assert "Only one image can be sent with the order" in answer.content.decode()


def test_a_broken_file_stops_it_and_says_so(studio, form, nothing_moves):
    file = io.BytesIO(b"<svg/>")
    file.name = "x.png"
    with nothing_moves():
        answer = studio.post("/studio/generate", {**form(), "upload": file})
    assert answer.status_code == 422


def test_a_foreign_reference_is_like_one_that_never_was(studio, form, nothing_moves, other_workspace):
    foreign = other_workspace.references.create(
        file="f", thumbnail="t", format="png", width=1, height=1, size=1, sha256=b"1"
    )
    with nothing_moves():
        answer = studio.post("/studio/generate", form(reference=foreign.public_id), headers=HTMX)
    assert "Reference image 1 was not found" in answer.content.decode()


def test_viewers_look_and_do_not_generate(client_for, vera, workspace, studio, form, nothing_moves):
    with nothing_moves():
        assert client_for(vera).post("/studio/generate", form()).status_code == 403
    page = client_for(vera).get("/studio").content.decode()
    assert "Ask an owner or admin" in page
    assert "generate-button" not in page


def test_a_suspended_workspace_is_told_so(studio, form, workspace, nothing_moves):
    workspace.suspended_at = "2026-11-22T00:00Z"
    workspace.save()
    with nothing_moves():
        answer = studio.post("/studio/generate", form(), headers=HTMX)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_with_every_model_switched_off_the_studio_says_so(studio, form, nothing_moves):
    ImageModel.objects.update(is_enabled=False)
    rows.invalidate()
    sentence = "No model is available right now"
    assert sentence in studio.get("/studio").content.decode()
    with nothing_moves():
        for path in ("/studio/quote", "/studio/generate"):
            answer = studio.post(path, form(), headers=HTMX)
            assert answer.status_code == 422
            assert 'id="generate"' in answer.content.decode()
