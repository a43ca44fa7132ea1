"""Seeds: sent where the model has them, refused where not, and kept as the provider has answered."""

import pytest

from generation.catalog.parameters import SEEDS
from generation.errors import InvalidOrder
from generation.models import Attempt, Generation, ImageModel
from generation.orders.submit import submit


@pytest.fixture
def flux(make):
    def go(**options) -> Generation:
        return make(model="flux-schnell", quality="auto", **options)

    return go


def sent(fal):
    return sorted(call["seed"] for call in fal.submissions())


def test_each_image_has_the_next_seed(flux, fal):
    generation = flux(seed=7, n=3)
    assert (generation.status, generation.seed) == ("succeeded", 7)
    assert [image.seed for image in generation.images.order_by("index")] == [7, 8, 9]
    assert sent(fal) == [7, 8, 9]


def test_the_same_seed_makes_the_same_image(flux, fal):
    first, again, other = flux(seed=7), flux(seed=7), flux(seed=8)
    hashes = [bytes(one.images.get().sha256) for one in (first, again, other)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_what_the_provider_has_chosen_is_kept(flux, fal):
    generation = flux()
    image = generation.images.get()
    assert generation.seed is None
    assert image.seed == Attempt.objects.get().usage["seed"]
    assert fal.submissions()[0]["seed"] is None
    same = flux(seed=image.seed)
    assert bytes(same.images.get().sha256) == bytes(image.sha256)


def test_behind_the_last_seed_comes_the_first(flux, fal):
    generation = flux(seed=SEEDS - 1, n=2)
    assert [image.seed for image in generation.images.order_by("index")] == [SEEDS - 1, 0]


@pytest.mark.parametrize(
    ("model", "seed", "sentence"),
    [
        ("gpt-image-2.5-flare", 7, "has no seed: leave it out"),
        ("flux-schnell", -1, "from 0 to 4,294,967,295"),
        ("flux-schnell", SEEDS, "from 0 to 4,294,967,295"),
    ],
)
def test_a_seed_that_can_t_be_is_refused(funded, order, model, seed, sentence):
    with pytest.raises(InvalidOrder, match=sentence) as caught:
        submit(funded, order(model=model, quality="auto", seed=seed), source="api")
    assert caught.value.param == "seed"
    assert not Generation.objects.exists()


def test_every_model_of_fal_s_has_seeds_and_no_other(catalog):
    having = set(ImageModel.objects.filter(supports_seed=True).values_list("provider_id", flat=True))
    assert having == {"fal"}
    assert not ImageModel.objects.filter(provider_id="fal", supports_seed=False).exists()
