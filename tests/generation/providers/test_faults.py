"""Whatever the provider does: the person gets what was ordered, or pays nothing and is told why."""

from collections.abc import Callable
from typing import Any

import pytest

from billing.ledger.balance import Balance
from generation.models import Attempt, Generation, Outcome, Provider, Reason
from tests.support.twins import OpenAITwin

type Make = Callable[..., Generation]
UNTOUCHED = Balance(available=100)
SLOW = ("hang", "drip")

# One of each kind of failure; which fault is of which kind, tests/contract/test_adapters.py says for every adapter.
# (what the twin does, the reason told, attempts made, whether any of them cost us)
ENDINGS: dict[str, tuple[dict[str, Any], Reason, int, bool]] = {
    "quota used up": (
        {"do": "status", "status": 429, "code": "insufficient_quota", "type": "insufficient_quota"},
        Reason.PROVIDER_ERROR,
        1,
        False,
    ),
    "asked to come back tomorrow": (
        {"do": "status", "status": 429, "headers": {"retry-after": "86400"}},
        Reason.PROVIDER_BUSY,
        1,
        False,
    ),
    "key revoked": ({"do": "status", "status": 401}, Reason.PROVIDER_ERROR, 1, False),
    "words refused": ({"do": "moderation_input"}, Reason.MODERATION_INPUT, 1, False),
    "picture withheld": ({"do": "moderation_output"}, Reason.MODERATION_OUTPUT, 1, True),
    "HTML with status 200": ({"do": "html"}, Reason.WRONG_OUTPUT, 1, True),
    "noise": ({"do": "corrupt"}, Reason.WRONG_OUTPUT, 1, True),
    "another size": ({"do": "wrong_size"}, Reason.WRONG_OUTPUT, 1, True),
    "another format": ({"do": "wrong_format"}, Reason.WRONG_OUTPUT, 1, True),
    "made, billed, then 504": ({"do": "made_then_status", "times": 0}, Reason.TIMEOUT, 2, True),
    "made, billed, then 524": (
        {"do": "made_then_status", "status": 524, "times": 0},
        Reason.TIMEOUT,
        2,
        True,
    ),
    "a gateway's 502": ({"do": "html", "status": 502, "times": 0}, Reason.PROVIDER_ERROR, 2, True),
    "408": ({"do": "status", "status": 408, "times": 0}, Reason.TIMEOUT, 2, True),
    "reset before anything, twice": ({"do": "reset", "times": 2}, Reason.PROVIDER_ERROR, 2, True),
    "never an answer": ({"do": "hang", "times": 2}, Reason.TIMEOUT, 2, True),
    "a byte now and then": ({"do": "drip", "bytes": 1, "seconds": 0.1, "times": 2}, Reason.TIMEOUT, 2, True),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_without_a_picture_nothing_is_charged_and_the_reason_is_told(
    name: str, make: Make, openai: OpenAITwin, have: Callable[[], Balance]
):
    fault, reason, tries, costs = ENDINGS[name]
    if fault["do"] in SLOW:
        Provider.objects.update(timeout_seconds=1)
    openai.script(**fault)
    generation = make()
    image = generation.images.get()
    assert (generation.status, image.status, image.reason) == ("failed", "failed", reason)
    assert (generation.charged, have()) == (0, UNTOUCHED)
    attempts = Attempt.objects.filter(image=image)
    assert len(openai.calls()) == attempts.count() == tries
    assert not attempts.filter(outcome=Outcome.SENT).exists()
    assert any(attempt.is_loss and attempt.cost for attempt in attempts) == costs


def test_what_a_gateway_may_have_lost_is_booked_and_asked_for_twice_at_most(make: Make, openai: OpenAITwin):
    openai.script("made_then_status")
    openai.script("reset")
    openai.script("made_then_status", status=524)
    image = make().images.get()
    assert (image.status, image.reason) == ("failed", Reason.PROVIDER_ERROR)
    billed = [call for call in openai.calls() if "billed" in call]
    assert len(openai.calls()) == 2
    lost = Attempt.objects.filter(outcome=Outcome.UNKNOWN, is_loss=True, cost__gt=0)
    assert lost.count() == 2 > len(billed)


UNSTORABLE: dict[str, dict[str, Any]] = {
    "a message": {"do": "status", "status": 400, "message": "no\x00 such thing"},
    "a code": {"do": "status", "status": 400, "code": "no\x00", "type": ["a", "list"]},
    "no JSON": {"do": "status", "status": 400, "body": "not\x00 JSON"},
    "nesting": {"do": "status", "status": 400, "body": "[" * 20_000},
    "a category": {"do": "moderation_input", "categories": ["viol\x00ence"]},
}


@pytest.mark.parametrize("name", UNSTORABLE)
def test_words_that_no_database_stores_end_an_image_like_others(
    name: str, make: Make, openai: OpenAITwin, have: Callable[[], Balance]
):
    openai.script(**UNSTORABLE[name])
    assert make().images.get().status == "failed"
    assert have() == UNTOUCHED
    assert Attempt.objects.get().error.startswith("400")


def test_no_transparency_where_it_was_ordered(make: Make, openai: OpenAITwin, have: Callable[[], Balance]):
    openai.script("no_alpha")
    image = make(background="transparent").images.get()
    assert (image.reason, have()) == (Reason.WRONG_OUTPUT, UNTOUCHED)


def test_what_moderation_says_is_kept(make: Make, openai: OpenAITwin):
    openai.script("moderation_output", categories=["violence", "self-harm"])
    assert make().images.get().detail == {"stage": "output", "categories": ["violence", "self-harm"]}


def test_a_stream_may_be_refused_at_its_end(make: Make, openai: OpenAITwin, have: Callable[[], Balance]):
    openai.script("moderation_output")
    image = make(source="studio").images.get()
    assert (image.reason, have()) == (Reason.MODERATION_OUTPUT, UNTOUCHED)


RECOVERED: dict[str, dict[str, Any]] = {
    "busy, and says for how long": {"do": "status", "status": 429, "headers": {"retry-after": "0"}},
    "busy, in milliseconds": {"do": "status", "status": 429, "headers": {"retry-after-ms": "20"}},
    "busy, and says nonsense": {"do": "status", "status": 429, "headers": {"retry-after": "soon"}},
    "failed": {"do": "status", "status": 500},
    "overloaded": {"do": "status", "status": 503},
    "lost once": {"do": "reset"},
    "made, billed, then 524": {"do": "made_then_status", "status": 524},
    "stream lost after a partial picture": {"do": "partial_then_reset"},
}


@pytest.mark.parametrize("name", RECOVERED)
def test_what_passes_is_tried_again_and_charged_once(
    name: str, make: Make, openai: OpenAITwin, have: Callable[[], Balance]
):
    openai.script(**RECOVERED[name])
    generation = make(source="studio")
    assert (generation.status, generation.charged, have()) == ("succeeded", 1, Balance(available=99))
    assert len(openai.calls()) == Attempt.objects.count() == 2


def test_one_of_four_fails_and_three_are_charged(make: Make, openai: OpenAITwin, have: Callable[[], Balance]):
    openai.script("moderation_input")
    generation = make(n=4)
    assert (generation.status, generation.charged, have()) == ("partial", 3, Balance(available=97))


def test_a_provider_that_nobody_can_reach_is_busy(
    make: Make, settings: Any, have: Callable[[], Balance], monkeypatch: pytest.MonkeyPatch
):
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    monkeypatch.setattr("generation.lifecycle.retry_policy.MAX_TRIES", 2)
    image = make().images.get()
    assert (image.reason, have()) == (Reason.PROVIDER_BUSY, UNTOUCHED)
    assert not Attempt.objects.exclude(cost=0).exists()
