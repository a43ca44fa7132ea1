"""The seed in the Studio: where the model has one, under the advanced options."""

from tests.studio.conftest import HTMX

FLUX = {"model": "flux-schnell", "quality": "", "n": "1", "max_credits": "9"}


def test_a_model_with_seeds_has_a_field_for_it(studio, form):
    page = studio.post("/studio/quote", form(**FLUX, seed="7"), headers=HTMX).content.decode()
    assert 'name="seed" value="7"' in page
    assert '<details class="unfold" open>' in page


def test_a_model_without_seeds_has_none(studio, form):
    page = studio.post("/studio/quote", form(seed="7"), headers=HTMX).content.decode()
    assert 'name="seed"' not in page


def test_a_seed_for_a_model_without_is_refused(studio, form, nothing_moves):
    with nothing_moves():
        answer = studio.post("/studio/generate", form(seed="7"), headers=HTMX)
        assert (answer.status_code, "has no seed" in answer.content.decode()) == (422, True)


def test_the_chosen_seed_is_ordered_and_shown(studio, form, ordered):
    generation = ordered(1, **FLUX, seed="7")
    assert generation.seed == 7
    image = generation.images.get()
    page = studio.get(f"/gallery/{image.public_id}").content.decode()
    assert '<dt>Seed</dt><dd class="number">7</dd>' in page


def test_a_seed_that_is_none_is_refused(studio, form, nothing_moves):
    with nothing_moves():
        for seed in ("-1", "x", "9" * 12):
            page = studio.post("/studio/generate", form(**FLUX, seed=seed), headers=HTMX).content.decode()
            assert "The seed must be" in page
