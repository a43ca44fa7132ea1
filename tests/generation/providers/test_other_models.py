"""An answer by another model than was ordered: booked, told, free of charge, and not delivered unless a row allows it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from billing.ledger.balance import Balance
from generation.catalog import cache
from generation.models import Attempt, Generation, ImageModel, ModelHealth
from generation.providers import operator_alerts
from tests.support import letters
from tests.support.twins import OpenAITwin

MODEL, OTHER = "gpt-image-2.5-flare", "gpt-image-2"
UNTOUCHED = Balance(available=100)
type Make = Callable[..., Generation]


def told() -> list[str]:
    mail.outbox.clear()
    operator_alerts.notify_operators()
    letters.deliver()
    return [letter.subject for letter in mail.outbox]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_it_is_not_delivered_costs_nothing_is_booked_and_operators_are_told_once(
    make: Make, openai: OpenAITwin, operator: User, have: Callable[[], Balance], streamed: bool
):
    openai.script("other_model", times=0, model=OTHER)
    for _ in range(2):
        generation = make(model=MODEL, quality="medium", partials=int(streamed))
        assert (generation.status, generation.images.get().reason, have()) == (
            "failed",
            "wrong_output",
            UNTOUCHED,
        )
    attempt = Attempt.objects.first()
    assert attempt
    assert (attempt.outcome, attempt.is_loss, attempt.usage["model"]) == ("failed", True, OTHER)
    assert attempt.error == f"{OTHER} answered instead of {MODEL}"
    # 2,304 cells at medium, where the model that was ordered has 576.
    assert 52_000 < attempt.cost < 60_000
    assert (len(openai.calls()), Attempt.objects.count()) == (2, 2), "no second call is paid for"
    assert told() == [f"OpenAI answers with {OTHER} instead of GPT Image 2.5 Flare"]
    assert told() == []
    ModelHealth.objects.update(answer_told_at=timezone.now() - timedelta(days=2))
    assert told() == []
    make(model=MODEL)
    assert len(told()) == 1, "it still lasts the day after"


@pytest.mark.parametrize(
    ("answer", "allowed"),
    [
        (MODEL, []),
        ("", []),
        (f"{MODEL}-2026-09-08", []),
        (f"{MODEL}-2027-02-01", []),
        (OTHER, [OTHER]),
        ("house-image-7", ["house-image-7"]),
    ],
)
def test_the_model_its_versions_and_what_its_row_allows_are_delivered(
    make: Make, openai: OpenAITwin, have: Callable[[], Balance], answer: str, allowed: list[str]
):
    ImageModel.objects.filter(slug=MODEL).update(served_as=allowed)
    cache.invalidate()
    openai.script("other_model", model=answer)
    assert (make(model=MODEL).status, have()) == ("succeeded", Balance(available=99))
    assert Attempt.objects.get().usage.get("model", "") == answer
    assert told() == []


@pytest.mark.parametrize(
    "answer",
    [
        f"{MODEL}-mini",
        "gpt-image-2.6-flare",
        f"{OTHER}-2026-04-21",
        MODEL.upper(),
        f"x{MODEL}",
        "a\0b",
        "y" * 500,
    ],
)
def test_any_other_name_is_another_model(
    make: Make, openai: OpenAITwin, have: Callable[[], Balance], operator: User, answer: str
):
    openai.script("other_model", model=answer)
    generation = make(model=MODEL)
    assert (generation.images.get().reason, have()) == ("wrong_output", UNTOUCHED)
    assert len(told()) == 1


@pytest.mark.parametrize("answer", [None, 7, ["gpt-image-2"], {"id": "gpt-image-2"}])
def test_what_is_no_name_is_no_word(make: Make, openai: OpenAITwin, answer: Any):
    openai.script("other_model", model=answer)
    assert make(model=MODEL).status == "succeeded"
