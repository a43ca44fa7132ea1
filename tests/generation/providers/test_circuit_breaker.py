"""A provider that fails is left alone, found out about, and called again; who waits for it loses nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Workspace
from billing.ledger.balance import Balance
from billing.models import PricingTier
from generation.lifecycle import claims, stopping
from generation.maintenance import recovery
from generation.models import Attempt, Circuit, Generation, Image, Outcome, Provider, Reason
from generation.models.attempt import Blame
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers import circuit_breaker
from generation.providers.contract import ProviderFailure
from generation.worker import admission, outcomes
from tests.support.twins import OpenAITwin

ALLOWED = 10
OVERLOADED = ProviderFailure(Reason.PROVIDER_ERROR, Outcome.FAILED, "503", status=503)
REFUSED = ProviderFailure(Reason.MODERATION_INPUT, Outcome.REFUSED, "no", status=400)
BAD_ORDER = ProviderFailure(Reason.PROVIDER_ERROR, Outcome.FAILED, "400", status=400)
REVOKED = ProviderFailure(Reason.PROVIDER_ERROR, Outcome.FAILED, "401", status=401)


@pytest.fixture
def images(funded: Workspace, order: Callable[..., Order]) -> list[Image]:
    """Forty images that wait, each with a job."""
    PricingTier.objects.update(images_in_flight=100)
    for _ in range(10):
        submit(funded, order(n=4), source="api")
    return list(Image.objects.order_by("pk"))


def take(image: Image) -> claims.ClaimedImage:
    work = claims.claim(image.pk)
    assert work
    return work


def circuit() -> Circuit:
    return Circuit.objects.get(provider="openai")


def due() -> None:
    """Ten seconds later."""
    Circuit.objects.update(probe_at=timezone.now() - timedelta(seconds=1))


def open_it(images: list[Image]) -> None:
    for image in images[:ALLOWED]:
        outcomes.record_failed(take(image), OVERLOADED)
    assert circuit().state == "open"


def test_it_opens_after_so_many_failures_and_not_before(images: list[Image]):
    for image in images[: ALLOWED - 1]:
        outcomes.record_failed(take(image), OVERLOADED)
    assert (circuit().state, circuit().failures) == ("closed", ALLOWED - 1)
    outcomes.record_failed(take(images[ALLOWED - 1]), OVERLOADED)
    assert (circuit().state, circuit().cause, circuit().error) == ("open", "provider", "503")


def test_a_success_or_a_refusal_between_begins_the_count_anew(images: list[Image]):
    for at, image in enumerate(images[: 2 * ALLOWED]):
        outcomes.record_failed(take(image), REFUSED if at == ALLOWED - 1 else OVERLOADED)
    assert (circuit().state, circuit().failures) == ("open", ALLOWED)
    assert Image.objects.filter(status="failed").count() == 2 * ALLOWED


def test_what_is_the_orders_fault_opens_nothing(images: list[Image]):
    for image in images[: 2 * ALLOWED]:
        outcomes.record_failed(take(image), BAD_ORDER)
    assert not Circuit.objects.exists()


def test_open_means_that_images_wait_with_their_credits_held(
    images: list[Image], have: Callable[[], Balance]
):
    open_it(images)
    held = have().held
    assert all(claims.claim(image.pk) is None for image in images[ALLOWED:])
    assert Image.objects.filter(status="waiting", parked_at__isnull=False).count() == 40 - ALLOWED
    assert have().held == held == 40 - ALLOWED
    assert Attempt.objects.count() == ALLOWED
    assert admission.admit("openai", 100) == 0


def test_who_is_parked_looks_again_when_a_call_may_find_out(images: list[Image]):
    open_it(images)
    assert admission.admit_and_wait("openai", 100) is None, "nobody is parked"
    assert claims.claim(images[-1].pk) is None
    wait = admission.admit_and_wait("openai", 100)
    assert wait is not None
    assert 9 < wait <= 10
    assert admission.admit_and_wait("test", 100) is None
    due()
    assert admission.admit_and_wait("openai", 100) is None, "it has a job again"


def test_one_call_finds_out_and_its_success_lets_everybody_in(
    images: list[Image], deliver_work: Callable[[claims.ClaimedImage], None]
):
    open_it(images)
    parked = images[ALLOWED:]
    assert not any(claims.claim(image.pk) for image in parked)
    due()
    assert admission.admit("openai", 100) == 1
    works = [work for image in parked if (work := claims.claim(image.pk))]
    assert (len(works), circuit().state) == (1, "half_open")
    deliver_work(works[0])
    assert (circuit().state, circuit().failures) == ("closed", 0)
    assert not Image.objects.filter(parked_at__isnull=False).exists()


def test_a_call_that_finds_out_in_vain_leaves_it_open_for_another_ten_seconds(images: list[Image]):
    open_it(images)
    since = circuit().since
    due()
    outcomes.record_failed(take(images[ALLOWED]), OVERLOADED)
    assert (circuit().state, circuit().since) == ("open", since)
    assert claims.claim(images[ALLOWED + 1].pk) is None
    due()
    assert claims.claim(images[ALLOWED + 1].pk)


def test_what_began_before_it_closed_does_not_open_it_again(
    images: list[Image], deliver_work: Callable[[claims.ClaimedImage], None]
):
    late = [take(image) for image in images[: 2 * ALLOWED]]
    open_it(images[2 * ALLOWED :])
    due()
    deliver_work(take(images[-1]))
    for work in late:
        outcomes.record_failed(work, OVERLOADED)
    assert (circuit().state, circuit().failures) == ("closed", 0)


def test_a_revoked_key_opens_it_at_once(images: list[Image], caplog: pytest.LogCaptureFixture):
    outcomes.record_failed(take(images[0]), REVOKED)
    assert (circuit().state, circuit().cause) == ("open", "key")
    assert claims.claim(images[1].pk) is None
    assert [record.levelname for record in caplog.records if record.levelname != "INFO"] == ["ERROR"]


def test_operators_can_close_it(images: list[Image]):
    open_it(images)
    claims.claim(images[-1].pk)
    circuit_breaker.reset(Provider.objects.get(slug="openai"))
    assert circuit().state == "closed"
    assert recovery.admit_parked() == 1
    assert claims.claim(images[-1].pk)


def test_who_has_waited_for_ten_minutes_is_let_go_free_of_charge(
    images: list[Image], have: Callable[[], Balance]
):
    open_it(images)
    for image in images[ALLOWED:]:
        claims.claim(image.pk)
    assert stopping.give_up() == 0
    Circuit.objects.update(since=timezone.now() - timedelta(minutes=11))
    assert stopping.give_up() == 0, "they began to wait a moment ago"
    Image.objects.update(dispatched_at=timezone.now() - timedelta(minutes=11))
    assert stopping.give_up() == 40 - ALLOWED
    assert set(Image.objects.filter(tries=0).values_list("status", "reason")) == {("failed", "provider_busy")}
    assert have() == Balance(available=100)
    assert not Generation.objects.exclude(status="failed").exists()


def test_calls_that_began_before_the_one_that_failed_first_have_a_say(images: list[Image]):
    works = [take(image) for image in images[:ALLOWED]]
    for work in reversed(works):
        assert not circuit_breaker.is_open("openai")
        outcomes.record_failed(work, OVERLOADED)
    assert circuit_breaker.is_open("openai")


@pytest.mark.django_db(transaction=True)
def test_many_workers_together_make_no_failure_too_many_and_one_call_to_find_out(images: list[Image]):
    def go(image: Image) -> bool:
        try:
            if work := claims.claim(image.pk):
                outcomes.record_failed(work, OVERLOADED)
            return work is not None
        finally:
            connection.close()

    workers = 4
    with ThreadPoolExecutor(workers) as pool:
        called = sum(pool.map(go, images))
    assert ALLOWED <= called < ALLOWED + workers, "those that were under way when it opened"
    due()
    rest = list(Image.objects.filter(status="waiting"))
    with ThreadPoolExecutor(workers) as pool:
        assert sum(pool.map(go, rest)) == 1


def test_a_struggling_provider_gets_few_retries(funded: Workspace, images: list[Image]):
    Provider.objects.update(opens_after=100)
    again = ProviderFailure(
        Reason.PROVIDER_ERROR, Outcome.FAILED, "500", status=500, may_retry=True, retry_after=0
    )
    for image in images:
        outcomes.record_failed(take(image), again)
    retried = sum(claims.claim(image.pk) is not None for image in images)
    assert retried == 5
    assert Image.objects.filter(status="waiting", parked_at__isnull=False).count() == 35


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ({"status": 401}, "key"),
        ({"status": 403}, "key"),
        (
            {"status": 403, "code": None, "message": "You have insufficient permissions for this operation."},
            "key",
        ),
        ({"status": 429, "code": "insufficient_quota", "type": "insufficient_quota"}, "funds"),
        ({"status": 429, "code": "credit_balance_exhausted"}, "funds"),
        ({"status": 429, "code": "organization_spend_limit_exceeded"}, "funds"),
        ({"status": 429, "code": "organization_usage_limit_exceeded"}, "funds"),
        ({"status": 429, "code": "project_spend_limit_exceeded"}, "funds"),
    ],
)
def test_the_twins_refusals_are_understood(
    fault: dict[str, Any], cause: str, make: Callable[..., Generation], openai: OpenAITwin
):
    openai.script("status", **fault)
    assert make().status == "failed"
    assert (circuit().state, circuit().cause) == ("open", cause)
    assert Attempt.objects.get().blame == Blame(cause)
