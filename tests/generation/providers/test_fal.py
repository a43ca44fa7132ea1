"""fal's queue: FLUX and others, with the same promises."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile

from accounts.models import Workspace
from billing.ledger.balance import Balance
from generation.media import storage
from generation.models import Attempt, Generation, Outcome, Provider, Reason
from generation.references import library
from tests.generation.references.test_uploads import picture
from tests.support.twins import FalTwin

type Make = Callable[..., Generation]
UNTOUCHED = Balance(available=100)


@pytest.fixture
def flux(make: Make) -> Make:
    def go(model: str = "flux-schnell", **options: Any) -> Generation:
        return make(model=model, quality="auto", **options)

    return go


@pytest.mark.parametrize(
    ("model", "credits"),
    [
        ("flux-schnell", 1),
        ("flux-dev", 2),
        ("flux-2-klein", 1),
        ("flux-2-pro", 2),
        ("flux-2-max", 4),
        ("qwen-image", 1),
    ],
)
def test_each_model_makes_what_was_ordered(
    model: str, credits: int, flux: Make, fal: FalTwin, have: Callable[[], Balance]
):
    generation = flux(model, output_format="jpeg")
    image = generation.images.get()
    assert (generation.status, generation.charged, have()) == ("succeeded", credits, Balance(100 - credits))
    (call,) = fal.submissions()
    assert call["images"] == [hashlib.sha256(storage.get(image.file)).hexdigest()]
    attempt = Attempt.objects.get()
    assert attempt.cost == call["bill"]  # a picture of 1024x1024 is one megapixel
    assert attempt.upstream_request


def test_an_edit_sends_its_references(funded: Workspace, flux: Make, fal: FalTwin):
    ours = [library.upload(funded, ContentFile(picture(size=(64, 64)))) for _ in range(2)]
    generation = flux("flux-2-pro", references=tuple(one.pk for one in ours))
    assert (generation.status, generation.charged) == ("succeeded", 4)
    (call,) = fal.submissions()
    assert call["model"] == "fal-ai/flux-2-pro/edit"
    assert call["references"] == [hashlib.sha256(storage.get(one.file)).hexdigest() for one in ours]


ENDINGS: dict[str, tuple[dict[str, Any], Reason, int]] = {
    "words refused": ({"do": "moderation_input"}, Reason.MODERATION_INPUT, 1),
    "picture withheld": ({"do": "moderation_output"}, Reason.MODERATION_OUTPUT, 1),
    "balance used up": ({"do": "status", "status": 403}, Reason.PROVIDER_ERROR, 1),
    "wrong size": ({"do": "wrong_size"}, Reason.WRONG_OUTPUT, 1),
    "wrong format": ({"do": "wrong_format"}, Reason.WRONG_OUTPUT, 1),
    "noise": ({"do": "corrupt"}, Reason.WRONG_OUTPUT, 1),
    "submission lost twice": (
        {"do": "reset", "match": {"endpoint": "submit"}, "times": 2},
        Reason.PROVIDER_ERROR,
        2,
    ),
    "never done": ({"do": "hang", "match": {"endpoint": "submit"}, "times": 2}, Reason.TIMEOUT, 2),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_without_a_picture_nothing_is_charged(
    name: str, flux: Make, fal: FalTwin, have: Callable[[], Balance]
):
    fault, reason, tries = ENDINGS[name]
    Provider.objects.update(timeout_seconds=2)
    fal.script(**fault)
    image = flux().images.get()
    assert (image.reason, have()) == (reason, UNTOUCHED)
    assert len(fal.submissions()) == Attempt.objects.count() == tries
    assert not Attempt.objects.filter(outcome=Outcome.SENT).exists()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_queue_is_asked_again_and_only_by_us(
    status: int, flux: Make, fal: FalTwin, have: Callable[[], Balance]
):
    fal.script("status", status=status, match={"endpoint": "submit"})
    assert flux().status == "succeeded"
    assert have() == Balance(available=99)
    assert len(fal.submissions()) == Attempt.objects.count() == 2
