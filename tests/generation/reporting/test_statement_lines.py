"""Images and credits say the same, and the statement says it in words."""

import pytest

from billing import ledger
from billing.ledger import statement
from billing.reconciliation.invariants import violations
from generation.models import Batch, Image


@pytest.mark.django_db(transaction=True)
def test_a_delivered_generation_is_a_line_with_its_picture(make, funded):
    generation = make("a red fox in the snow")
    image = generation.images.get()
    line = statement.lines(funded)[0]
    assert line.credits == -generation.charged
    assert line.what.title == "a red fox in the snow, 1 image"
    assert image.public_id in line.what.thumbnail
    assert image.public_id in line.what.href
    assert violations() == []

    Image.objects.update(credits=image.credits + 1)  # behind everybody's back
    assert any(found.startswith("I8") for found in violations())
    Image.objects.update(credits=image.credits)


def test_a_batch_is_a_line_with_its_name(funded):
    batch = Batch.objects.create(workspace=funded, name="autumn", images=48, status="running")
    for number in (1, 2):
        ledger.hold(funded, 5, reference=batch.hold_of(number))
    second, first = statement.lines(funded)[:2]
    assert (first.what.title, second.what.title) == ("Batch “autumn”", "Batch “autumn” again")
    assert first.what.detail == "0 of 48 images · 48 under way"
    assert batch.public_id in first.what.href
    assert violations() == []


@pytest.fixture
def left_over(funded):
    batch = Batch.objects.create(workspace=funded, name="autumn", images=48, status="succeeded")
    ledger.hold(funded, 5, reference=batch.hold_of(2))
    yield
    ledger.release(batch.hold_of(2), key="r")


def test_credits_still_held_for_what_is_finished_are_found(left_over):
    assert any(found.startswith("I7: batch") for found in violations())
