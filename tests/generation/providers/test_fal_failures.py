"""fal's failures: what they are called, what they may have cost, and what customers read of them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from accounts.models import Workspace
from billing.ledger.balance import Balance
from generation.models import Attempt, Circuit, Generation, Outcome, Reason
from generation.models.attempt import Blame
from generation.moderation.refusals import RefusalText
from generation.orders.submit import submit
from generation.providers.fal.failures import refused
from tests.generation.conftest import run
from tests.support.twins import FalTwin

pytestmark = pytest.mark.django_db(transaction=True)
UNTOUCHED = Balance(available=100)


@pytest.fixture
def flux(funded: Workspace, order: Callable[..., Any], fal: FalTwin) -> Callable[..., Generation]:
    def go(**options: Any) -> Generation:
        return run(submit(funded, order(model="flux-dev", quality="auto", **options), source="api"))

    return go


def flagged(**more: Any) -> list[dict[str, Any]]:
    return [{"loc": ["body", "prompt"], "msg": "Flagged", "type": "content_policy_violation", **more}]


@pytest.mark.parametrize(
    ("categories", "stage", "words"),
    [
        (["sexual", "violence"], "input", "sexual content and violence"),
        (["self-harm"], "input", "self-harm"),
        (["model_moderated"], "unknown", "content that the model itself declines"),
        ([], "input", ""),
    ],
)
def test_a_refusal_says_for_what(
    categories: list[str],
    stage: str,
    words: str,
    flux: Callable[..., Generation],
    fal: FalTwin,
    have: Callable[[], Balance],
):
    fal.script("moderation_input", categories=categories)
    image = flux().images.get()
    assert (image.reason, have()) == (Reason.MODERATION_INPUT, UNTOUCHED)
    assert image.detail == {"stage": stage, "categories": categories}
    told = RefusalText(image, "FLUX.1 dev", "fal", has_references=False)
    assert told.why == words
    assert words in told.explanation
    (call,) = fal.submissions()
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.is_loss) == (Outcome.REFUSED, True)
    assert attempt.cost >= call["bill"] > 0


def test_an_error_of_the_model_may_have_cost(
    flux: Callable[..., Generation], fal: FalTwin, have: Callable[[], Balance]
):
    fal.script("status", status=422, match={"endpoint": "result"})
    image = flux().images.get()
    assert (image.reason, have()) == (Reason.PROVIDER_ERROR, UNTOUCHED)
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.is_loss) == (Outcome.FAILED, True)
    assert attempt.cost >= fal.submissions()[0]["bill"] > 0


def test_an_error_of_the_submission_cost_nothing(flux: Callable[..., Generation], fal: FalTwin):
    fal.script("status", status=422, match={"endpoint": "submit"})
    flux()
    assert Attempt.objects.values_list("cost", "is_loss").get() == (0, False)


def test_a_used_up_balance_is_funds_and_stops_calls(flux: Callable[..., Generation], fal: FalTwin):
    fal.script("status", status=403, match={"endpoint": "submit"})
    flux()
    assert Attempt.objects.get().blame == Blame.FUNDS
    assert Circuit.objects.values_list("state", "cause").get(provider="fal") == ("open", "funds")


SAID: dict[str, tuple[int, Any, dict[str, Any]]] = {
    "exhausted": (403, "User is locked. Reason: Exhausted balance. Top up at fal.ai", {"blame": Blame.FUNDS}),
    "exhausted, small": (403, "user is locked. reason: exhausted balance.", {"blame": Blame.FUNDS}),
    "top up": (403, "User is locked. Reason: TOP_UP", {"blame": Blame.FUNDS}),
    "as an object": (403, {"message": "Exhausted balance"}, {"blame": Blame.FUNDS}),
    "402": (402, "Payment required", {"blame": Blame.FUNDS}),
    "403": (403, "Forbidden", {"blame": Blame.KEY}),
    "401": (401, "No key", {"blame": Blame.KEY, "paid": False}),
    "400": (400, "Bad", {"paid": True, "may_retry": False}),
    "422": (422, [{"type": "image_load_error", "msg": "no"}], {"paid": True, "may_retry": False}),
    "429": (429, "Busy", {"paid": False, "may_retry": True, "reason": Reason.PROVIDER_BUSY}),
    "499": (499, "Request was cancelled", {"paid": False, "may_retry": True}),
    "500": (500, "Oops", {"paid": False, "may_retry": True}),
    "504": (504, "Request timed out", {"paid": False, "may_retry": True}),
    "flagged, 400": (400, flagged(), {"reason": Reason.MODERATION_INPUT, "outcome": Outcome.REFUSED}),
    "flagged, as a word": (
        422,
        {"error": "content_policy_violation", "category": "celebrity_likeness"},
        {"detail": {"stage": "input", "categories": ["celebrity_likeness"]}},
    ),
    "flagged, in ctx": (
        422,
        flagged(ctx={"categories": ["hate"]}),
        {"detail": {"stage": "input", "categories": ["hate"]}},
    ),
    "flagged twice": (
        422,
        [*flagged(categories=["hate"]), *flagged(categories=["hate", "sexual"])],
        {"detail": {"stage": "input", "categories": ["hate", "sexual"]}},
    ),
    "flagged, nonsense": (
        422,
        flagged(categories={"a": 1}),
        {"detail": {"stage": "input", "categories": []}},
    ),
    "an object where a word is expected": (422, {"error": {"message": "no"}, "type": ["x"]}, {"status": 422}),
    "flagged, much": (
        422,
        flagged(categories=["x" * 500] * 50),
        {"detail": {"stage": "input", "categories": ["x" * 60]}},
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_what_a_runner_says_is_read(name: str):
    status, detail, want = SAID[name]
    failure = refused(status, detail, httpx.Headers(), ran=True)
    assert {key: getattr(failure, key) for key in want} == want
