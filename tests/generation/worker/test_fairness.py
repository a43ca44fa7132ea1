"""Nobody stands in somebody else's way, and caps are exact."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Workspace
from billing import ledger
from billing.models import PricingTier, TierAssignment
from generation.batches import drafts, transitions
from generation.batches.parsing import ParsedRow
from generation.catalog import cache as rows
from generation.lifecycle import claims
from generation.maintenance import recovery
from generation.models import Attempt, Generation, Image, Outcome, Provider, Reason
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers.contract import ProviderFailure
from generation.worker import outcomes

CAP = 3
OPEN = ("waiting", "running")


@pytest.fixture
def crowd(funded: Workspace, order: Callable[..., Order]) -> list[Generation]:
    """Three generations of four images in a workspace that may have three in flight."""
    PricingTier.objects.update(images_in_flight=CAP)
    return [submit(funded, order(n=4), source="api") for _ in range(3)]


def jobs() -> list[tuple[str, int]]:
    """Images that have a job, with its priority, in the order in which workers take them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args ->> 'image_id', priority FROM procrastinate_jobs WHERE status = 'todo' ORDER BY priority DESC, id"
        )
        return cursor.fetchall()


def end(work: claims.ClaimedImage) -> None:
    outcomes.record_failed(work, ProviderFailure(Reason.PROVIDER_ERROR, Outcome.FAILED, "enough", status=400))


def test_a_workspace_has_no_more_in_flight_than_its_tier_allows(crowd: list[Generation]):
    assert [priority for _, priority in jobs()] == [0, -1, -2]
    assert Image.objects.filter(dispatched_at__isnull=False).count() == CAP
    for _ in range(12):
        assert (
            Image.objects.filter(dispatched_at__isnull=False, status__in=("waiting", "running")).count()
            <= CAP
        )
        work = claims.claim(
            Image.objects.filter(dispatched_at__isnull=False, status="waiting").earliest("id").pk
        )
        assert work
        end(work)
    assert not Generation.objects.exclude(status="failed").exists()


def test_a_tier_begins_at_its_moment_inside_a_long_transaction_too(
    funded: Workspace, order: Callable[..., Order]
):
    """The test's transaction began before the assignment's moment; a later one is still to come."""
    wide, none = (
        PricingTier.objects.create(slug=slug, name=slug, images_in_flight=most)
        for slug, most in (("wide", 4), ("none", 1))
    )
    PricingTier.objects.filter(is_default=True).update(images_in_flight=2)
    TierAssignment.objects.create(workspace=funded, tier=wide, effective_at=timezone.now())
    TierAssignment.objects.create(
        workspace=funded, tier=none, effective_at=timezone.now() + timedelta(seconds=30)
    )
    submit(funded, order(n=4), source="api")
    assert Image.objects.filter(dispatched_at__isnull=False).count() == 4
    assert rows.tier_of(funded) == wide == PricingTier.for_workspace(funded)


def test_the_first_image_of_another_goes_before_the_rest_of_a_crowd(
    crowd: list[Generation], other_workspace: Workspace, order: Callable[..., Order]
):
    ledger.grant(other_workspace, 10, key="g", reference="test")
    theirs = submit(other_workspace, order(), source="api").images.get()
    assert [image for image, _ in jobs()].index(str(theirs.pk)) == 1


def test_a_provider_has_no_more_calls_than_it_may_and_forgets_nobody(
    funded: Workspace, order: Callable[..., Order]
):
    Provider.objects.filter(slug="openai").update(max_in_flight=1)
    generation = submit(funded, order(n=3), source="api")
    keys = [image.pk for image in generation.images.order_by("index")]
    works = [claims.claim(key) for key in keys]
    assert [bool(work) for work in works] == [True, False, False]
    assert list(generation.images.filter(parked_at=None).values_list("pk", flat=True)) == keys[:1]
    before = len(jobs())
    end(works[0])
    assert list(generation.images.order_by("index").values_list("parked_at", flat=True))[1] is None
    assert len(jobs()) == before + 1
    assert Attempt.objects.filter(outcome=Outcome.SENT).count() == 0


def test_who_was_parked_is_let_in_by_the_sweeper_too(funded: Workspace, order: Callable[..., Order]):
    Provider.objects.filter(slug="openai").update(max_in_flight=0)
    image = submit(funded, order(), source="api").images.get()
    assert claims.claim(image.pk) is None
    assert recovery.admit_parked() == 0
    Provider.objects.filter(slug="openai").update(max_in_flight=1)
    assert recovery.admit_parked() == 1
    assert claims.claim(image.pk)


def test_a_larger_tier_is_used_at_once(crowd: list[Generation]):
    PricingTier.objects.update(images_in_flight=CAP + 2)
    assert recovery.dispatch_waiting() == 2


@pytest.mark.django_db(transaction=True)
def test_the_providers_cap_is_exact_over_many_workers(funded: Workspace, order: Callable[..., Order]):
    Provider.objects.filter(slug="openai").update(max_in_flight=4)
    PricingTier.objects.update(images_in_flight=50)
    for _ in range(6):
        submit(funded, order(n=4), source="api")

    def go(key: object) -> bool:
        try:
            return claims.claim(key) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(go, list(Image.objects.values_list("pk", flat=True)))) == 4
    assert Image.objects.filter(parked_at__isnull=False).count() == 20


@pytest.mark.django_db(transaction=True)
def test_the_workspaces_cap_is_exact_while_many_order_and_many_end(
    funded: Workspace, order: Callable[..., Order]
):
    PricingTier.objects.update(images_in_flight=CAP)
    for _ in range(2):
        submit(funded, order(n=2), source="api")
    seen: list[int] = []

    def go(number: int) -> None:
        try:
            if number % 2:
                submit(funded, order(n=2), source="api")
            for image in Image.objects.filter(dispatched_at__isnull=False, status="waiting")[:2]:
                if work := claims.claim(image.pk):
                    end(work)
            seen.append(Image.objects.filter(dispatched_at__isnull=False, status__in=OPEN).count())
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(go, range(24)))
    assert max(seen) <= CAP
    while waiting := Image.objects.filter(dispatched_at__isnull=False, status="waiting").first():
        work = claims.claim(waiting.pk)
        assert work
        end(work)
    assert not Image.objects.exclude(status="failed").exists()


def test_beside_a_thousand_waiting_images_another_workspaces_is_next(
    funded: Workspace, other_workspace: Workspace, order: Callable[..., Order]
):
    """A small version of `bench/cases/batch.py`: what is decided here is the order, what is measured there the time."""
    ledger.grant(funded, 1000, key="grant:crowd", reference="test")
    ledger.grant(other_workspace, 10, key="g", reference="test")
    PricingTier.objects.update(images_in_flight=10)
    rows = [ParsedRow(f"a fox {number}") for number in range(1000)]
    common = {"model": "gpt-image-2.5-flare", "size": "1024x1024", "quality": "low"}

    def starts() -> tuple[int, float]:
        """After how many claims, and seconds, an image of another workspace that is ordered now is begun."""
        began = time.perf_counter()
        mine = str(submit(other_workspace, order(), source="studio").images.get().pk)
        ahead = [image for image, priority in jobs() if priority == 0].index(mine)
        work = claims.claim(mine)
        assert work
        took = time.perf_counter() - began
        end(work)
        return ahead, took

    alone = sorted(starts()[1] for _ in range(5))[2]
    transitions.start(drafts.create(funded, rows, common=common))
    assert Image.objects.filter(workspace=funded, status="waiting").count() == 1000
    beside = [starts() for _ in range(5)]
    # No worker is here to take them away: the jobs of the five before, and of each that followed, are still counted.
    assert all(ahead - 5 - number <= 1 for number, (ahead, _) in enumerate(beside))
    assert sorted(took for _, took in beside)[2] < 2 * alone + 0.05
