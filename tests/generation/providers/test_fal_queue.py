"""fal's queue: waiting there is neither a timeout nor paid."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from accounts.models import Workspace
from billing.ledger.balance import Balance
from generation.lifecycle import claims
from generation.models import Attempt, Generation, Outcome, Provider
from generation.orders.submit import submit
from generation.seeds import fal as seeds
from tests.generation.conftest import run
from tests.support.twins import FalTwin

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def later(seconds: float, work: Callable[[], None]) -> Iterator[None]:
    timer = threading.Timer(seconds, work)
    timer.start()
    try:
        yield
    finally:
        timer.join()


@pytest.fixture
def flux(funded: Workspace, order: Callable[..., Any], fal: FalTwin) -> Callable[..., Generation]:
    def go(**options: Any) -> Generation:
        return run(submit(funded, order(model="flux-schnell", quality="auto", **options), source="api"))

    return go


def test_a_new_account_has_two_places(funded: Workspace):
    assert seeds.PROVIDER["max_in_flight"] == 2
    assert Provider.objects.get(slug="fal").max_in_flight == 2


def test_the_clock_starts_when_the_request_does(
    flux: Callable[..., Generation], fal: FalTwin, have: Callable[[], Balance]
):
    Provider.objects.update(timeout_seconds=1)
    fal.concurrency(0)
    with later(2.5, lambda: fal.concurrency(2)):
        generation = flux()
    assert (generation.status, have()) == ("succeeded", Balance(available=99))
    (call,) = fal.submissions()
    assert fal.calls(endpoint="cancel") == []
    assert list(Attempt.objects.values_list("outcome", "cost")) == [("succeeded", call["bill"])]


def test_a_request_that_never_starts_costs_nothing(
    flux: Callable[..., Generation],
    fal: FalTwin,
    have: Callable[[], Balance],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(claims, "QUEUE_SECONDS", 1.2)
    fal.concurrency(0)
    with later(2.0, lambda: fal.concurrency(2)):
        generation = flux()
    assert (generation.status, have()) == ("succeeded", Balance(available=99))
    assert len(fal.submissions()) == 2
    first, second = Attempt.objects.order_by("number")
    assert (first.outcome, first.cost, first.is_loss, first.is_open) == (Outcome.FAILED, 0, False, False)
    assert (second.outcome, second.cost) == (Outcome.SUCCEEDED, fal.submissions()[1]["bill"])


def test_what_is_in_progress_for_too_long_is_paid(
    flux: Callable[..., Generation], fal: FalTwin, have: Callable[[], Balance]
):
    Provider.objects.update(timeout_seconds=1)
    fal.script("hang", times=2, match={"endpoint": "submit"})
    image = flux().images.get()
    assert (image.reason, have()) == ("timeout", Balance(available=100))
    costs = list(Attempt.objects.order_by("number").values_list("outcome", "cost"))
    assert len(costs) == len(fal.submissions()) == len(fal.calls(endpoint="cancel")) == 2
    for (outcome, cost), call in zip(costs, fal.submissions(), strict=True):
        assert outcome == Outcome.UNKNOWN
        assert cost >= call["bill"]


def test_more_than_the_account_may_waits_there_and_is_made(
    flux: Callable[..., Generation], fal: FalTwin, have: Callable[[], Balance]
):
    """Operators may set more calls in flight than their account has places."""
    Provider.objects.update(timeout_seconds=2, max_in_flight=100)
    fal.concurrency(1)
    fal.script("delay", times=0, seconds=0.9, match={"endpoint": "submit"})
    began = time.monotonic()
    generation = flux(n=4)
    assert time.monotonic() - began > 3.0
    assert (generation.status, have()) == ("succeeded", Balance(available=96))
    assert len(fal.submissions()) == Attempt.objects.count() == 4
    assert fal.calls(endpoint="cancel") == []


def test_each_submission_says_when_to_give_up_and_how_long_to_keep_files(
    flux: Callable[..., Generation], fal: FalTwin
):
    flux()
    (call,) = fal.submissions()
    assert float(call["headers"]["x-fal-request-timeout"]) == claims.QUEUE_SECONDS
    assert json.loads(call["headers"]["x-fal-object-lifecycle-preference"]) == {
        "expiration_duration_seconds": 86_400
    }
    assert call["headers"]["x-app-fal-disable-fallback"] == "true"
