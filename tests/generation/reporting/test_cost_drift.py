"""Operators hear when a model's images do not cost what is expected, by a quarter over fifty of them."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.db.models import F
from django.utils import timezone

from accounts.models import User, Workspace
from core import ids
from generation.catalog import cache
from generation.lifecycle import claims
from generation.media import storage
from generation.media.inspection import InspectedImage
from generation.models import Attempt, ExpectedCost, ModelHealth, Unit, UnitCost
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers.contract import DeliveredImage
from generation.reporting import cost_drift
from generation.worker import outcomes
from tests.core import worker
from tests.support import letters

MODEL = "gpt-image-2.5-flare"
SQUARE, WIDE = (1024, 1024), (1536, 1024)
TOKENS = {SQUARE: 439, WIDE: 343}
"""Of an image at medium, by OpenAI's own calculator."""
type Deliver = Callable[..., None]


@pytest.fixture
def delivered(funded: Workspace, order: Callable[..., Order]) -> Deliver:
    """Deliver an image whose provider reports a multiple of the tokens that are expected, with so many calls like it."""

    def go(
        calls: int = 50, times: float = 1, size: tuple[int, int] = SQUARE, *, is_silent: bool = False
    ) -> None:
        width, height = size
        made = submit(funded, order(model=MODEL, quality="medium", size=f"{width}x{height}"), source="api")
        work = claims.claim(made.images.get().pk)
        assert work
        tokens = round(TOKENS[size] * times)
        units = {} if is_silent else {Unit.IMAGE_OUTPUT: tokens, Unit.TEXT_INPUT: 20}
        answer = DeliveredImage(b"x", units, {} if is_silent else {"output_tokens": tokens})
        storage.put(name := f"media/{work.image}.png", b"x")
        kept = outcomes.StoredFile(name, 1, hashlib.sha256(b"x").digest())
        assert outcomes.record_delivered(work, answer, InspectedImage("png", width, height), kept)
        call = Attempt.objects.get(pk=work.attempt)
        same = {field.attname: getattr(call, field.attname) for field in Attempt._meta.fields}
        Attempt.objects.bulk_create(
            Attempt(**same | {"id": ids.new(), "number": number}) for number in range(2, calls + 1)
        )

    return go


def told() -> list[str]:
    cache.invalidate()
    mail.outbox.clear()
    cost_drift.notify_operators()
    letters.deliver()
    return [letter.subject for letter in mail.outbox]


@pytest.mark.django_db
@pytest.mark.parametrize("size", [SQUARE, WIDE])
@pytest.mark.parametrize(
    ("times", "subjects"),
    [
        (1, []),
        (1.2, []),
        (0.85, []),
        (1.6, ["costs {} % more than expected"]),
        (0.5, ["costs {} % less than expected"]),
    ],
)
def test_a_quarter_over_fifty_images_is_told_once(
    delivered: Deliver,
    operator: User,
    size: tuple[int, int],
    times: float,
    subjects: list[str],
):
    delivered(times=times, size=size)
    found = told()
    assert len(found) == len(subjects)
    assert all(words.partition("{}")[2] in subject for words, subject in zip(subjects, found, strict=True))
    assert told() == []


@pytest.mark.django_db
def test_forty_are_too_few(delivered: Deliver, operator: User):
    delivered(40, times=3)
    assert told() == []
    delivered(10, times=3)
    (subject,) = told()
    assert subject.startswith("GPT Image 2.5 Flare costs ")


@pytest.mark.django_db
def test_once_it_was_as_expected_it_is_told_again(delivered: Deliver, operator: User):
    delivered(times=2)
    assert len(told()) == 1
    ExpectedCost.objects.filter(model=MODEL).update(cost=F("cost") * 2)
    assert told() == []
    assert ModelHealth.objects.get(model=MODEL).cost_told_at is None
    ExpectedCost.objects.filter(model=MODEL).update(cost=F("cost") / 2)
    assert len(told()) == 1


@pytest.mark.django_db
def test_a_letter_that_is_late_says_nothing_that_is_no_longer_true(delivered: Deliver, operator: User):
    delivered(times=2)
    assert cost_drift.notify_operators() == 1
    ModelHealth.objects.update(cost_told_at=None)
    letters.deliver()
    assert [letter.subject for letter in mail.outbox if "expected" in letter.subject] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "what", ["before a price was changed", "without tokens", "long ago", "without delivery"]
)
def test_images_that_say_nothing_are_left_out(delivered: Deliver, operator: User, what: str):
    delivered(times=3, size=WIDE, is_silent=what == "without tokens")
    if what == "before a price was changed":
        UnitCost.objects.get(model=MODEL, unit=Unit.IMAGE_OUTPUT).save()
    if what == "long ago":
        Attempt.objects.update(started_at=timezone.now() - timedelta(days=31))
    if what == "without delivery":
        Attempt.objects.update(is_loss=True)
    assert told() == []


@pytest.mark.django_db(transaction=True)
def test_a_worker_tells_with_its_commit_or_not_at_all(delivered: Deliver, operator: User):
    delivered(times=2)
    cache.invalidate()
    mail.outbox.clear()
    with worker.refused_commits("generation_modelhealth", "NEW.cost_told_at IS NOT NULL"):
        worker.sweep("generation.tasks.compare_costs")
        assert (mail.outbox, letters.posted()) == ([], [])
    for _ in range(2):
        worker.sweep("generation.tasks.compare_costs")
    assert [letter.to for letter in mail.outbox] == [[operator.email]]
