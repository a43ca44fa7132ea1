"""fal keeps requests: whoever has the image next takes the request up, and nobody pays for a second one."""

import asyncio
import signal
from collections.abc import Callable

import pytest

from accounts.models import Workspace
from billing.ledger.balance import Balance
from generation.catalog import cache
from generation.lifecycle import claims, retry_policy
from generation.maintenance import recovery
from generation.media.inspection import InspectedImage
from generation.models import Attempt, ExpectedCost, Generation, Outcome, Provider
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers.adapters.fal import forget
from generation.providers.contract import DeliveredImage
from generation.providers.fal.client import HEADERS
from generation.worker import outcomes
from tests.generation.conftest import run
from tests.generation.worker.workers import expire, wait_for, worker
from tests.support.twins import FalTwin

pytestmark = pytest.mark.django_db(transaction=True)
COST, EXPECTED = 3_000, 4_000
"""Micro-dollars of a 1024 x 1024 picture by FLUX.1 schnell as fal counts it, and as these tests have us expect it."""


@pytest.fixture
def ordered(funded: Workspace, order: Callable[..., Order], fal: FalTwin) -> Callable[..., Generation]:
    """Submit an order for FLUX, and leave the work to the test."""
    ExpectedCost.objects.filter(model="flux-schnell").update(cost=EXPECTED)
    cache.invalidate()

    def go(**options: object) -> Generation:
        return submit(funded, order(model="flux-schnell", quality="auto", **options), source="api")

    return go


def accepted() -> int:
    return Attempt.objects.filter(outcome=Outcome.SENT, is_open=True).exclude(upstream_request="").count()


def submitted(fal: FalTwin) -> str:
    """A request as a worker made it that did not live to see it done."""
    size = {"width": 1024, "height": 1024}
    order = {"prompt": "a red fox", "image_size": size, "output_format": "png"}
    return fal.submit("fal-ai/flux/schnell", headers=HEADERS, **order)


def costs() -> list[tuple[str, int, bool]]:
    """Of each attempt in order: outcome, micro-dollars, whether they are a loss."""
    return list(Attempt.objects.order_by("number").values_list("outcome", "cost", "is_loss"))


@pytest.mark.proof
def test_after_kill_9_the_same_request_is_taken_up_and_paid_once(
    ordered: Callable[..., Generation], fal: FalTwin, have: Callable[[], Balance], database_url: str
):
    fal.script("hold", times=2, match={"endpoint": "submit"})
    generation = ordered(n=2)
    with worker(database_url) as process:
        wait_for(lambda: accepted() == 2, "two requests that were written down")
        process.send_signal(signal.SIGKILL)
        process.wait()
    fal.drop()
    assert have() == Balance(available=98, held=2)
    expire()
    assert recovery.sweep()["attempts lost"] == 2
    assert sorted(costs()) == [("unknown", EXPECTED, True)] * 2
    generation = run(generation)
    assert (generation.status, generation.charged, have()) == ("succeeded", 2, Balance(available=98))
    assert len(fal.submissions()) == 2
    requests = set(Attempt.objects.values_list("upstream_request", flat=True))
    assert (Attempt.objects.count(), len(requests)) == (4, 2)
    assert sorted(costs()) == [("succeeded", COST, False)] * 2 + [("unknown", 0, False)] * 2
    assert not Attempt.objects.filter(is_open=True).exists()


@pytest.mark.proof
def test_a_stopped_worker_leaves_the_request_to_the_next(
    ordered: Callable[..., Generation], fal: FalTwin, have: Callable[[], Balance], database_url: str
):
    fal.script("hold", match={"endpoint": "submit"})
    generation = ordered()
    with worker(database_url) as process:
        wait_for(lambda: accepted() == 1, "a request that was written down")
        process.terminate()
        assert process.wait(60) == 0
    fal.drop()
    assert set(generation.images.values_list("status", "claim")) == {("waiting", None)}
    generation = run(generation)
    assert (generation.status, generation.charged, have()) == ("succeeded", 1, Balance(available=99))
    assert (len(fal.submissions()), fal.calls(endpoint="cancel")) == (1, [])


def test_a_request_that_fal_denies_is_made_anew(
    ordered: Callable[..., Generation], fal: FalTwin, have: Callable[[], Balance]
):
    generation = ordered()
    work = claims.claim(generation.images.get().pk)
    assert work
    outcomes.record_accepted(work.attempt, "a-request-that-never-was")
    expire()
    recovery.end_expired_attempts()
    generation = run(generation)
    assert (generation.status, have(), len(fal.submissions())) == ("succeeded", Balance(available=99), 1)
    assert costs() == [("unknown", EXPECTED, True), ("succeeded", COST, False)]


def test_killed_again_and_again_it_still_is_one_request(
    ordered: Callable[..., Generation], fal: FalTwin, have: Callable[[], Balance]
):
    generation = ordered()
    image = generation.images.get()
    first = claims.claim(image.pk)
    assert first
    request = submitted(fal)
    outcomes.record_accepted(first.attempt, request)
    for _ in range(retry_policy.MAX_UNKNOWN + 1):
        expire()
        assert recovery.end_expired_attempts() == 1
        work = claims.claim(image.pk)
        assert work
        assert work.request == request
    assert Attempt.objects.filter(is_open=True).get().pk == work.attempt
    expire()
    recovery.end_expired_attempts()
    generation = run(generation)
    assert (generation.status, have(), len(fal.submissions())) == ("succeeded", Balance(available=99), 1)
    assert [cost for _, cost, _ in costs()] == [0, 0, 0, 0, COST]


def test_a_zombie_costs_nothing_beside_who_took_its_request_up(
    ordered: Callable[..., Generation], fal: FalTwin, have: Callable[[], Balance]
):
    generation = ordered()
    zombie = claims.claim(generation.images.get().pk)
    assert zombie
    request = submitted(fal)
    outcomes.record_accepted(zombie.attempt, request)
    expire()
    recovery.end_expired_attempts()
    generation = run(generation)
    stored = generation.images.get()
    kept = outcomes.StoredFile("w/late.png", 3, b"late")
    looked = InspectedImage("png", 1024, 1024)
    assert not outcomes.record_delivered(zombie, DeliveredImage(b"late", request=request), looked, kept)
    assert (generation.images.get().file, have()) == (stored.file, Balance(available=99))
    assert costs() == [("succeeded", 0, False), ("succeeded", COST, False)]


@pytest.mark.parametrize("endpoint", ["status", "result", "file"])
@pytest.mark.parametrize("fault", [{"do": "reset", "at": 10}, {"do": "status", "status": 503}])
def test_trouble_after_the_request_costs_no_second_one(
    endpoint: str,
    fault: dict[str, object],
    ordered: Callable[..., Generation],
    fal: FalTwin,
    have: Callable[[], Balance],
):
    fal.script(**fault, match={"endpoint": endpoint})
    generation = run(ordered())
    assert (generation.status, have()) == ("succeeded", Balance(available=99))
    assert sum(cost for _, cost, _ in costs()) == COST
    if (endpoint, fault["do"]) != ("result", "status"):  # there it is the model's own answer, which is free
        assert len(fal.submissions()) == 1


def test_what_takes_too_long_is_withdrawn_and_not_taken_up(
    ordered: Callable[..., Generation], fal: FalTwin, have: Callable[[], Balance]
):
    Provider.objects.update(timeout_seconds=3)
    fal.script("hang", match={"endpoint": "submit"})
    generation = run(ordered())
    assert (generation.status, have()) == ("succeeded", Balance(available=99))
    assert (len(fal.submissions()), len(fal.calls(endpoint="cancel"))) == (2, 1)
    assert [outcome for outcome, _, _ in costs()] == ["unknown", "succeeded"]


DAY = 86_400


@pytest.mark.parametrize(("ahead", "submissions"), [(DAY - 600, 1), (DAY + 1, 2), (31 * DAY, 2)])
def test_a_request_is_taken_up_for_as_long_as_fal_keeps_its_file(
    ahead: float,
    submissions: int,
    ordered: Callable[..., Generation],
    fal: FalTwin,
    have: Callable[[], Balance],
):
    generation = ordered()
    work = claims.claim(generation.images.get().pk)
    assert work
    outcomes.record_accepted(work.attempt, submitted(fal))
    wait_for(lambda: fal.submissions()[0]["images"], "a file at fal")
    fal.ahead(ahead)
    expire()
    recovery.end_expired_attempts()
    generation = run(generation)
    assert (generation.status, have()) == ("succeeded", Balance(available=99))
    assert len(fal.submissions()) == submissions
    assert sum(cost for _, cost, _ in costs()) >= COST * submissions


def test_a_request_whose_payload_was_deleted_is_made_anew(
    ordered: Callable[..., Generation], fal: FalTwin, have: Callable[[], Balance]
):
    generation = ordered()
    work = claims.claim(generation.images.get().pk)
    assert work
    request = submitted(fal)
    outcomes.record_accepted(work.attempt, request)
    asyncio.run(forget(work.base_url, work.key, request))
    expire()
    recovery.end_expired_attempts()
    generation = run(generation)
    assert (generation.status, have(), len(fal.submissions())) == ("succeeded", Balance(available=99), 2)
