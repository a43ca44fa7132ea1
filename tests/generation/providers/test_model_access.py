"""A model that its provider does not let us use is shut by itself, and open again by itself; all others go on."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User, Workspace
from billing.ledger.balance import Balance
from generation.catalog import cache, selection
from generation.errors import ModelRetired, ModelUnavailable
from generation.lifecycle import claims
from generation.models import Attempt, Circuit, Generation, Image, ImageModel, ModelHealth, Outcome, Reason
from generation.models.attempt import Blame
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers import health, operator_alerts, probes
from generation.providers.contract import ProviderFailure
from generation.worker import outcomes
from tests.support import letters
from tests.support.twins import FalTwin, OpenAITwin

MODEL, OTHER = "gpt-image-2", "gpt-image-2.5-flare"
REFUSALS = ["not_enabled", "unverified"]
DENIED = ProviderFailure(
    Reason.PROVIDER_ERROR, Outcome.FAILED, "403 model_not_found", status=403, blame=Blame.ACCESS
)
UNTOUCHED = Balance(available=100)

type Make = Callable[..., Generation]
type MakeOrder = Callable[..., Order]


def stands(model: str) -> tuple[str, str]:
    health.update_all()
    row = ModelHealth.objects.get(model=model)
    return row.status, row.reason


def later() -> None:
    """It is time to find out."""
    ModelHealth.objects.filter(model=MODEL).update(again_at=timezone.now() - timedelta(seconds=1))
    cache.invalidate()


def is_denied() -> bool:
    return ModelHealth.objects.filter(model=MODEL, denied_at__isnull=False).exists()


@pytest.mark.parametrize("do", REFUSALS)
def test_one_model_is_shut_and_all_others_go_on(
    do: str,
    make: Make,
    openai: OpenAITwin,
    funded: Workspace,
    order: MakeOrder,
    operator: User,
    have: Callable[[], Balance],
):
    openai.script(do, times=0, match={"model": MODEL})
    assert (make(model=MODEL).status, have()) == ("failed", UNTOUCHED)
    attempt = Attempt.objects.get()
    assert (attempt.blame, attempt.http_status, attempt.cost) == ("access", 403, 0)
    assert not Circuit.objects.exists()
    assert make(model=OTHER).status == "succeeded"
    with pytest.raises(ModelUnavailable, match=r"Try gpt-image-.*; nothing was charged") as refused:
        submit(funded, order(model=MODEL), source="api")
    assert refused.value.extra["instead"] != MODEL
    assert len(openai.calls(model=MODEL)) == 1
    assert stands(MODEL) == ("down", health.UNAVAILABLE)
    assert stands(OTHER) == ("healthy", health.WORKS)
    assert (operator_alerts.notify_operators(), operator_alerts.notify_operators()) == (1, 0)
    letters.deliver()
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == ([operator.email], "OpenAI does not let us use GPT Image 2")
    assert ("does not have access" if do == "not_enabled" else "must be verified") in letter.body


@pytest.mark.parametrize("do", REFUSALS)
def test_it_is_back_by_itself_once_it_is_enabled(
    do: str, make: Make, openai: OpenAITwin, have: Callable[[], Balance]
):
    openai.script(do, times=0, match={"model": MODEL})
    make(model=MODEL)
    since = ModelHealth.objects.get(model=MODEL).denied_at
    later()
    assert (make(model=MODEL).status, have()) == ("failed", UNTOUCHED), "an order has found out, for nothing"
    row = ModelHealth.objects.get(model=MODEL)
    assert row.denied_at == since
    assert row.again_at > timezone.now()
    openai.drop()
    later()
    assert make(model=MODEL).status == "succeeded"
    assert not is_denied()
    assert stands(MODEL) == ("healthy", health.WORKS)


def test_what_waits_for_it_ends_at_once_free_and_without_a_call(
    funded: Workspace, order: MakeOrder, have: Callable[[], Balance]
):
    first, second, third = (
        submit(funded, order(model=model), source="api").images.get() for model in (MODEL, MODEL, OTHER)
    )
    work = claims.claim(first.pk)
    assert work
    outcomes.record_failed(work, DENIED)
    assert claims.claim(second.pk) is None
    ended = Image.objects.get(pk=second.pk)
    assert (ended.status, ended.reason, ended.tries) == ("failed", "provider_error", 0)
    assert claims.claim(third.pk)
    assert have().available + have().held == 100
    assert Attempt.objects.count() == 2


def test_test_worlds_order_it_all_the_same(funded: Workspace, world: Workspace, order: MakeOrder):
    work = claims.claim(submit(funded, order(model=MODEL), source="api").images.get().pk)
    assert work
    outcomes.record_failed(work, DENIED)
    known = cache.load()
    with pytest.raises(ModelUnavailable):
        selection.choose(funded, MODEL, known)
    assert selection.choose(world, MODEL, known).slug == MODEL


@pytest.mark.django_db(transaction=True)
def test_a_model_that_is_named_again_is_back_without_an_order(make: Make, openai: OpenAITwin):
    openai.script("not_enabled", times=0, match={"model": MODEL})
    make(model=MODEL)
    asyncio.run(probes.probe())
    assert is_denied()
    openai.drop()
    asyncio.run(probes.probe())
    assert not is_denied()


@pytest.mark.django_db(transaction=True)
def test_a_model_that_was_named_all_along_is_not(make: Make, openai: OpenAITwin):
    openai.script("unverified", times=0, match={"model": MODEL})
    make(model=MODEL)
    for _ in range(2):
        asyncio.run(probes.probe())
        assert is_denied()


@pytest.mark.django_db(transaction=True)
def test_a_list_that_can_not_be_had_is_no_denial(make: Make, openai: OpenAITwin):
    openai.script("unverified", times=0, match={"model": MODEL})
    make(model=MODEL)
    openai.script("status", times=0, status=500, match={"path": "/models/"})
    asyncio.run(probes.probe())
    openai.drop()
    openai.script("unverified", times=0, match={"model": MODEL})
    asyncio.run(probes.probe())
    assert is_denied()


@pytest.mark.django_db(transaction=True)
def test_a_model_that_vanished_and_is_named_again_is_back_too(
    make: Make, openai: OpenAITwin, funded: Workspace, order: MakeOrder
):
    openai.script("status", status=404)
    make(model=MODEL)
    asyncio.run(probes.probe())
    cache.invalidate()
    with pytest.raises(ModelRetired):
        submit(funded, order(model=MODEL), source="api")
    openai.script("not_enabled", times=0, match={"model": MODEL})
    asyncio.run(probes.probe())
    openai.drop()
    asyncio.run(probes.probe())
    assert ImageModel.objects.get(slug=MODEL).vanished_at is None
    assert submit(funded, order(model=MODEL), source="api")


def test_fal_has_its_own_way_to_say_so(
    make: Make, openai: OpenAITwin, fal: FalTwin, have: Callable[[], Balance]
):
    fal.script("not_enabled", times=0, match={"model": "fal-ai/flux-2-pro"})
    assert (make(model="flux-2-pro", quality="auto").status, have()) == ("failed", UNTOUCHED)
    assert Attempt.objects.get().blame == "access"
    assert not Circuit.objects.exists()
    assert ModelHealth.objects.get(model="flux-2-pro").denied_at
    assert make(model="flux-schnell", quality="auto").status == "succeeded"


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        (
            "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.",
            "funds",
        ),
        ("User is locked. Reason: TOP_UP.", "funds"),
        ("User is locked. Reason: Admin lock. Please contact support@fal.ai", "key"),
    ],
)
def test_fal_tells_an_empty_account_from_a_closed_one(
    message: str, cause: str, make: Make, openai: OpenAITwin, fal: FalTwin
):
    fal.script("status", status=403, message=message)
    assert make(model="flux-schnell", quality="auto").status == "failed"
    assert (Circuit.objects.get().provider_id, Circuit.objects.get().cause) == ("fal", cause)
