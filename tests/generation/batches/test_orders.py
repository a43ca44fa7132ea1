"""A batch: one quote, one hold, every row once, and nothing left over."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User, Workspace
from billing import ledger
from billing.errors import InsufficientCredits
from billing.ledger import balance, statement
from billing.ledger.balance import Balance
from billing.models import PricingTier
from generation.batches import drafts, retry, transitions
from generation.batches.parsing import ParsedRow
from generation.errors import BatchNotReady, InvalidRows, MaxCreditsExceeded
from generation.lifecycle import claims
from generation.lifecycle.stopping import cancel
from generation.models import Batch, Event, Generation, Image, ImageStatus, Outcome, Reason, Status
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers.contract import ProviderFailure
from generation.signals import batch_finished
from generation.worker import outcomes
from tests.generation.conftest import work_until
from tests.support.twins import OpenAITwin

COMMON = {"model": "gpt-image-2.5-flare", "size": "1:1", "quality": "low"}
type Have = Callable[[], Balance]


@pytest.fixture
def draft(funded: Workspace) -> Callable[..., Batch]:
    def make(*rows: ParsedRow | str, **common: Any) -> Batch:
        made = [row if isinstance(row, ParsedRow) else ParsedRow(row) for row in rows]
        return drafts.create(funded, made, name="Autumn", common={**COMMON, **common})

    return make


def end(image: Image, reason: Reason = Reason.PROVIDER_ERROR) -> None:
    """Let an image's call fail for good."""
    work = claims.claim(image.pk)
    assert work
    outcomes.record_failed(work, ProviderFailure(reason, Outcome.FAILED, "enough"))


def dispatched() -> list[Image]:
    return list(Image.objects.filter(dispatched_at__isnull=False, status="waiting").order_by("lane"))


def test_a_start_holds_the_whole_price_once(draft: Callable[..., Batch], have: Have):
    batch = draft("a fox", "a bell", ParsedRow("a fig", overrides={"quality": "high", "n": "2"}))
    assert [row.credits for row in batch.rows.all()] == [1, 1, 6]
    started = transitions.start(batch, max_credits=8)
    assert (started.status, started.credits, started.size, started.images) == ("running", 8, 3, 4)
    assert have() == Balance(available=92, held=8)
    assert Generation.objects.filter(batch=batch, paid_from=f"batch:{batch.pk}").count() == 3
    assert [row.generation.prompt for row in batch.rows.all()] == ["a fox", "a bell", "a fig"]
    again = transitions.start(batch, max_credits=8)
    assert again.pk == batch.pk
    assert have() == Balance(available=92, held=8)


def test_what_cant_be_paid_starts_nothing(draft: Callable[..., Batch], have: Have):
    batch = draft(*["a fox"] * 101)
    with pytest.raises(InsufficientCredits):
        transitions.start(batch)
    with pytest.raises(MaxCreditsExceeded):
        transitions.start(batch, max_credits=100)
    batch.refresh_from_db()
    assert batch.is_draft
    assert not Generation.objects.exists()
    assert have() == Balance(available=100)


def test_rows_that_cant_be_made_stay_behind(draft: Callable[..., Batch], have: Have):
    batch = draft("a fox", "", ParsedRow("wheat", overrides={"size": "5:1"}))
    faults = {row.position: (row.param, row.nearest) for row in batch.rows.exclude(error="")}
    assert faults == {2: ("prompt", ""), 3: ("size", "21:9")} or faults[3][0] == "size"
    assert transitions.start(batch).size == 1
    assert have() == Balance(available=99, held=1)
    with pytest.raises(InvalidRows):
        transitions.start(draft(""))


def test_an_image_that_fails_gives_its_own_credits_back(draft: Callable[..., Batch], have: Have):
    heard: list[Batch] = []

    def hear(batch: Batch, **_: object) -> None:
        heard.append(batch)

    batch_finished.connect(hear)
    try:
        batch = transitions.start(draft("a fox", "a bell"))
        end(dispatched()[0])
        assert have() == Balance(available=99, held=1)
        assert not heard
        end(dispatched()[0])
    finally:
        batch_finished.disconnect(hear)
    batch.refresh_from_db()
    assert (batch.status, batch.failed, batch.charged) == ("failed", 2, 0)
    assert [one.pk for one in heard] == [batch.pk]
    assert have() == Balance(available=100)


def test_canceling_stops_all_that_is_not_with_the_provider(
    draft: Callable[..., Batch], have: Have, alice: User
):
    PricingTier.objects.update(images_in_flight=3)
    batch = transitions.start(draft(*["a fox"] * 20))
    under_way = claims.claim(dispatched()[0].pk)
    assert under_way
    canceled = transitions.cancel(batch, by=alice)
    assert canceled.status == "running"
    assert have() == Balance(available=99, held=1)
    assert Generation.objects.filter(batch=batch, status=Status.CANCELED).count() == 19
    outcomes.record_failed(under_way, ProviderFailure(Reason.TIMEOUT, Outcome.FAILED, "slow"))
    batch.refresh_from_db()
    assert (batch.status, batch.failed) == ("failed", 20)
    assert have() == Balance(available=100)
    assert transitions.cancel(batch).status == "failed"


def test_canceling_a_retried_batch_gives_back_once_for_each_hold(draft: Callable[..., Batch], have: Have):
    PricingTier.objects.update(images_in_flight=3)
    batch = transitions.start(draft(*["a fox"] * 4, n="2"))
    for image in dispatched():
        end(image, Reason.MODERATION_INPUT)
    retry.retry(batch)
    assert have() == Balance(available=92, held=8)
    said = Event.objects.count()
    assert transitions.cancel(batch).status == "canceled"
    assert have() == Balance(available=100)
    assert [event.kind for event in Event.objects.order_by("pk")[said:]] == ["generation.canceled"] * 4
    released = [
        row.reason for part in statement.movements(batch.workspace) for row in part if row.kind == "release"
    ]
    assert sorted(released)[:2] == ["Canceled, 2 images", "Canceled, 6 images"]
    assert len(released) == 4


def test_one_generation_of_a_batch_can_be_canceled_alone(draft: Callable[..., Batch], have: Have):
    batch = transitions.start(draft("a fox", "a bell"))
    cancel(Generation.objects.filter(batch=batch).earliest("id"))
    assert have() == Balance(available=99, held=1)


def test_a_pause_sends_nothing_more_and_a_resume_goes_on(draft: Callable[..., Batch], have: Have):
    PricingTier.objects.update(images_in_flight=3)
    batch = transitions.start(draft(*["a fox"] * 10))
    assert len(dispatched()) == 2
    assert transitions.pause(batch).status == "paused"
    for image in dispatched():
        end(image)
    assert not dispatched()
    assert have() == Balance(available=92, held=8)
    assert transitions.resume(batch).status == "running"
    assert len(dispatched()) == 2
    transitions.pause(batch)
    assert transitions.cancel(batch).status == "failed"
    assert have() == Balance(available=100)


def test_a_persons_image_goes_before_the_rest_of_the_own_batch(
    draft: Callable[..., Batch], funded: Workspace, order: Callable[..., Order]
):
    PricingTier.objects.update(images_in_flight=3)
    transitions.start(draft(*["a fox"] * 10))
    single = submit(funded, order(), source="studio").images.get()
    assert single.pk in [image.pk for image in dispatched()]
    another = submit(funded, order(), source="studio").images.get()
    end(next(image for image in dispatched() if image.pk != single.pk))
    assert another.pk in [image.pk for image in dispatched()]


def test_failed_rows_are_retried_at_a_new_price(draft: Callable[..., Batch], have: Have):
    batch = transitions.start(draft("a fox", "a bell"))
    with pytest.raises(BatchNotReady):
        retry.retry(batch)
    for image in dispatched():
        end(image, Reason.MODERATION_INPUT)
    rows = retry.failed_rows(batch)
    assert retry.plan(batch, rows).credits == 2
    again = retry.retry(batch, [1], said={"prompt": "a calm fox", "quality": "high"}, max_credits=3)
    assert (again.status, again.rounds, again.credits, again.images) == ("running", 2, 5, 3)
    assert have() == Balance(available=97, held=3)
    (made,) = Generation.objects.filter(paid_from=f"batch:{batch.pk}:2")
    assert made.prompt == "a calm fox"
    assert batch.rows.get(position=1).generation == made
    with pytest.raises(BatchNotReady):
        retry.retry(batch, [1])
    end(dispatched()[0])
    batch.refresh_from_db()
    assert (batch.status, batch.failed) == ("failed", 2)


def test_a_retry_goes_on_with_seeds_that_were_not_used(draft: Callable[..., Batch]):
    batch = transitions.start(draft("a fox", model="flux-schnell", quality="", n="2", seed="5"))
    for image in dispatched():
        end(image, Reason.MODERATION_INPUT)
    retry.retry(batch)
    assert list(Generation.objects.order_by("pk").values_list("seed", flat=True)) == [5, 7]


def test_thirty_rows_are_made_and_counted_exactly(
    transactional_db: None, draft: Callable[..., Batch], have: Have, openai: OpenAITwin
):
    openai.script("moderation_output", times=2)
    batch = transitions.start(draft(*[f"a fox number {number}" for number in range(30)]))
    asyncio.run(work_until(lambda: Batch.objects.filter(pk=batch.pk, finished_at__isnull=False)))
    batch.refresh_from_db()
    stored = Image.objects.filter(generation__batch=batch, status=ImageStatus.STORED)
    assert (batch.status, batch.stored, batch.failed, batch.charged) == ("partial", 28, 2, 28)
    assert stored.count() == 28
    assert len({bytes(image.sha256) for image in stored}) <= 28
    assert have() == Balance(available=72)
    retry.retry(batch)
    asyncio.run(work_until(lambda: Batch.objects.filter(pk=batch.pk, finished_at__isnull=False)))
    batch.refresh_from_db()
    assert (batch.status, batch.stored, batch.failed, batch.charged) == ("succeeded", 30, 0, 30)
    assert have() == Balance(available=70)


def test_a_thousand_rows_are_ordered_in_a_few_statements(
    draft: Callable[..., Batch], funded: Workspace, django_assert_max_num_queries: Any
):
    ledger.grant(funded, 1000, key="more", reference="test")
    with django_assert_max_num_queries(30):
        batch = draft(*[f"a fox {number}" for number in range(1000)])
    with django_assert_max_num_queries(30):
        transitions.start(batch)
    assert Image.objects.filter(generation__batch=batch).count() == 1000
    with django_assert_max_num_queries(30):
        transitions.cancel(batch)
    assert balance.for_workspace(funded) == Balance(available=1100)
    batch.refresh_from_db()
    assert batch.status == "canceled"
