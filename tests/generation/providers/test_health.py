"""How well each model works is told in one word with a reason, and a model that is gone surprises nobody."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from billing.ledger.balance import Balance
from generation.catalog import cache as rows
from generation.errors import ModelRetired, ModelUnavailable
from generation.lifecycle import claims
from generation.models import (
    Attempt,
    Circuit,
    Generation,
    ImageModel,
    ModelHealth,
    ModelPreference,
    Outcome,
    Reason,
)
from generation.orders.order import Order
from generation.orders.preparation import quote_for
from generation.orders.submit import submit
from generation.providers import health, operator_alerts, probes
from generation.providers.contract import ProviderFailure
from generation.worker import outcomes
from tests.support import letters
from tests.support.twins import OpenAITwin

MODEL = "gpt-image-2.5-flare"
REVOKED = ProviderFailure(Reason.PROVIDER_ERROR, Outcome.FAILED, "401", status=401)
OVERLOADED = ProviderFailure(Reason.PROVIDER_ERROR, Outcome.FAILED, "503", status=503)
BLOCKED = ProviderFailure(Reason.MODERATION_INPUT, Outcome.REFUSED, "no", status=400)


@pytest.fixture
def call(
    funded: Workspace, order: Callable[..., Order], deliver_work: Callable[[claims.ClaimedImage], None]
) -> Callable[[ProviderFailure | None], None]:
    """A call that ends so; None: with a picture."""

    def go(failure: ProviderFailure | None) -> None:
        work = claims.claim(submit(funded, order(), source="api").images.get().pk)
        assert work
        if failure:
            outcomes.record_failed(work, failure)
        else:
            deliver_work(work)

    return go


def stands(model: str = MODEL) -> tuple[str, str]:
    health.update_all()
    row = ModelHealth.objects.get(model=model)
    return row.status, row.reason


def test_nobody_knows_before_anybody_has_called(catalog: None):
    assert stands() == ("unknown", health.QUIET)


def test_a_picture_makes_it_healthy_and_says_how_long_it_takes(
    call: Callable[[ProviderFailure | None], None],
):
    call(None)
    assert stands() == ("healthy", health.WORKS)
    assert ModelHealth.objects.get(model=MODEL).seconds is not None


def test_some_failures_make_it_struggle_and_most_bring_it_down(
    call: Callable[[ProviderFailure | None], None],
):
    for failure in (*[OVERLOADED] * 3, *[None] * 3):
        call(failure)
    assert stands() == ("struggling", health.SHAKY)
    since = ModelHealth.objects.get(model=MODEL).since
    assert stands()[0] == "struggling"
    assert ModelHealth.objects.get(model=MODEL).since == since
    Attempt.objects.filter(outcome="succeeded").update(started_at="2020-01-01T00:00Z")
    assert stands() == ("down", health.FAILING)


def test_who_has_recovered_struggles_no_more(call: Callable[[ProviderFailure | None], None]):
    for failure in (*[OVERLOADED] * 3, None):
        call(failure)
    failed, succeeded = (
        Attempt.objects.exclude(outcome="succeeded"),
        Attempt.objects.filter(outcome="succeeded"),
    )
    assert stands() == ("struggling", health.SHAKY)
    for model, minutes, stand in (
        (failed, 1, "struggling"),
        (failed, 3, "healthy"),
        (succeeded, 4, "struggling"),
    ):
        model.update(ended_at=timezone.now() - timedelta(minutes=minutes))
        assert stands()[0] == stand, f"{model.first()} {minutes} minutes ago"


def test_refusals_of_words_say_nothing_of_a_model(call: Callable[[ProviderFailure | None], None]):
    for failure in (*[BLOCKED] * 5, None):
        call(failure)
    assert stands() == ("healthy", health.WORKS)


def test_a_provider_that_is_not_called_has_no_model_up(call: Callable[[ProviderFailure | None], None]):
    call(REVOKED)
    assert stands("gpt-image-2") == ("down", health.UNAVAILABLE)


def test_orders_that_would_wait_in_vain_are_refused_with_another_model_named(
    call: Callable[[ProviderFailure | None], None],
    funded: Workspace,
    order: Callable[..., Order],
    have: Callable[[], Balance],
):
    call(REVOKED)
    rows.invalidate()
    with pytest.raises(ModelUnavailable) as refused:
        submit(funded, order(), source="api")
    other = rows.load().models[refused.value.extra["instead"]]
    assert other.provider_id == "fal"
    assert f"Try {other.slug}; nothing was charged" in refused.value.detail
    assert have() == Balance(available=100)
    Circuit.objects.update(probe_at="2020-01-01T00:00Z")
    rows.invalidate()
    assert submit(funded, order(), source="api"), "it is time to find out"


def test_operators_are_written_to_once(
    call: Callable[[ProviderFailure | None], None], operator: User, mailoutbox: list[Any]
):
    call(REVOKED)
    assert operator_alerts.notify_operators() == 1
    assert operator_alerts.notify_operators() == 0
    letters.deliver()
    (letter,) = mailoutbox
    assert letter.to == [operator.email]
    assert letter.subject == "Calls to OpenAI have stopped: It refuses our key"


def test_a_provider_that_merely_fails_is_no_letter_at_once(call: Callable[[ProviderFailure | None], None]):
    for _ in range(10):
        call(OVERLOADED)
    assert Circuit.objects.get().state == "open"
    assert operator_alerts.notify_operators() == 0
    Circuit.objects.update(since="2020-01-01T00:00Z")
    assert operator_alerts.notify_operators() == 1


def test_a_model_that_is_gone_takes_no_orders_from_that_call_on(
    make: Callable[..., Generation],
    openai: OpenAITwin,
    funded: Workspace,
    order: Callable[..., Order],
    operator: User,
    have: Callable[[], Balance],
):
    ImageModel.objects.filter(slug="gpt-image-2").update(replacement="gpt-image-2.6-flare")
    openai.script("status", status=404)
    generation = make(model="gpt-image-2")
    assert (generation.status, have()) == ("failed", Balance(available=100))
    with pytest.raises(ModelRetired, match=r"without notice. Use gpt-image-2.6-flare instead; nothing was"):
        submit(funded, order(model="gpt-image-2"), source="api")
    ModelPreference.objects.create(workspace=funded, use_replacements=True)
    assert submit(funded, order(model="gpt-image-2"), source="api").model_id == "gpt-image-2.6-flare"
    assert stands("gpt-image-2") == ("down", health.GONE)
    assert (operator_alerts.notify_operators(), operator_alerts.notify_operators()) == (1, 0)
    letters.deliver()
    assert mail.outbox[0].subject == "OpenAI no longer has GPT Image 2"
    assert not Circuit.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_asking_makes_a_quiet_model_healthy(catalog: None, openai: OpenAITwin):
    assert asyncio.run(probes.probe()) >= 5
    assert stands() == ("healthy", health.KNOWN)
    assert {call["method"] for call in openai.checks()} == {"GET"}


@pytest.mark.django_db(transaction=True)
def test_a_list_without_the_model_is_no_death(catalog: None, openai: OpenAITwin):
    openai.script("status", times=0, status=404, match={"path": "/models/"})
    assert asyncio.run(probes.probe()) == 0
    assert stands() == ("unknown", health.QUIET)
    assert "404" in ModelHealth.objects.get(model=MODEL).probe_error
    assert not ImageModel.objects.filter(vanished_at__isnull=False).exists()


def test_pages_and_both_apis_tell(
    call: Callable[[ProviderFailure | None], None], funded: Workspace, order: Callable[..., Order]
):
    call(REVOKED)
    health.update_all()
    rows.invalidate()
    page = Client().get(f"/models/{MODEL}").content.decode()
    assert "Down" in page
    assert health.UNAVAILABLE in page
    assert rows.load().health(rows.load().models[MODEL]).status == "down"
    with pytest.raises(ModelUnavailable):
        quote_for(funded, order())
