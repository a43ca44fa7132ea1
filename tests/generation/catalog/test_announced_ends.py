"""What a provider's list of models says of their ends: into the catalog, to operators, and so to customers."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, User, Workspace
from generation.catalog import announced_ends, cache
from generation.models import ImageModel, ModelHealth, Provider
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers import probes
from tests.core import worker
from tests.support import letters
from tests.support.twins import OpenAITwin

MODEL, LABEL = "gpt-image-2", "GPT Image 2"
TASK = "generation.tasks.read_ends"
pytestmark = pytest.mark.django_db(transaction=True)


def a_day(days: int) -> datetime:
    return (timezone.now() + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)


def read(openai: OpenAITwin, date: Any) -> int:
    """Let the list say this of the model, and read it."""
    openai.drop()
    openai.script("shutdown_date", times=0, match={"model": MODEL}, date=date)
    cache.invalidate()
    return asyncio.run(probes.read_ends())


def told() -> list[str]:
    mail.outbox.clear()
    letters.deliver()
    return [f"{letter.subject} {letter.body}" for letter in mail.outbox]


def row() -> ImageModel:
    return ImageModel.objects.get(slug=MODEL)


def test_an_announced_end_is_told_to_operators_shown_everywhere_and_raises_notices(
    openai: OpenAITwin,
    funded: Workspace,
    alice: User,
    operator: User,
    order: Callable[..., Order],
    client_for: Any,
):
    submit(funded, order(model=MODEL), source="api")
    at = a_day(20)
    openai.script("shutdown_date", times=0, match={"model": MODEL}, date=f"{at:%Y-%m-%d}")
    mail.outbox.clear()
    for _ in range(3):
        worker.sweep(TASK)
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == ([operator.email], f"OpenAI ends {LABEL} on {at:%-d %B %Y}")
    assert "No replacement takes orders: choose one." in letter.body
    assert (row().retired_at, row().stage()) == (at, "deprecated")
    (line,) = AuditEvent.objects.filter(action="model.end_announced")
    assert (line.target, line.actor, line.detail["retired_at"]) == (MODEL, None, ["", at.isoformat()])
    worker.sweep("generation.tasks.tell_of_endings")
    assert [one.to for one in mail.outbox[1:]] == [["alice@example.com"]]
    day = f"{at:%-d %B %Y}"
    assert f"Ends {day}" in Client().get(f"/models/{MODEL}").content.decode()
    assert day in client_for(alice).get("/studio").content.decode()
    shown = next(one for one in client_for(alice).get("/api/v1/models").json()["data"] if one["id"] == MODEL)
    assert (shown["stage"], shown["retired_at"][:10]) == ("deprecated", f"{at:%Y-%m-%d}")


@pytest.mark.parametrize(
    "said", [None, "", "soon", "0000-00-00", True, [], {"day": 1}, -1, 1e300, 0, "9999-01-01", 10**40]
)
def test_no_day_and_nonsense_change_nothing(openai: OpenAITwin, catalog: None, operator: User, said: Any):
    assert read(openai, said) == 0
    assert (row().retired_at, row().stage(), told()) == (None, "live", [])


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("2027-01-15", "2027-01-15T00:00:00+00:00"),
        (" 2027-01-15 ", "2027-01-15T00:00:00+00:00"),
        ("2027-01-15T08:00:00-05:00", "2027-01-15T13:00:00+00:00"),
        ("2027-01-15T08:00:00Z", "2027-01-15T08:00:00+00:00"),
        (1800000000, "2027-01-15T08:00:00+00:00"),
    ],
)
def test_days_and_moments_are_read(said: Any, at: str):
    assert announced_ends.parse_day(said) == datetime.fromisoformat(at)


def test_a_day_that_has_passed_switches_nothing_off(openai: OpenAITwin, catalog: None, operator: User):
    assert read(openai, "2026-01-01") == 1
    assert (row().retired_at, row().stage()) == (None, "live")
    assert "nothing was changed" in told()[0]
    assert read(openai, "2026-01-01") == 0


def test_a_day_that_moves_is_followed_and_one_that_is_withdrawn_is_cleared(
    openai: OpenAITwin, catalog: None, operator: User
):
    first, later = a_day(40), a_day(90)
    assert (read(openai, f"{first:%Y-%m-%d}"), row().retired_at) == (1, first)
    assert (read(openai, f"{later:%Y-%m-%d}"), row().retired_at) == (1, later)
    assert [text.count("ends on") for text in told()] == [1], "the first letter is no longer true"
    assert (read(openai, None), row().retired_at, row().stage()) == (1, None, "live")
    assert "OpenAI no longer ends GPT Image 2" in told()[0]


def test_what_operators_have_set_is_kept(openai: OpenAITwin, catalog: None, operator: User):
    ours, theirs = a_day(10), a_day(60)
    ImageModel.objects.filter(slug=MODEL).update(retired_at=ours)
    assert (read(openai, f"{theirs:%Y-%m-%d}"), row().retired_at) == (1, ours)
    assert "which is earlier and stays" in told()[0]
    ImageModel.objects.filter(slug=MODEL).update(retired_at=None)
    assert (read(openai, f"{theirs:%Y-%m-%d}"), row().retired_at) == (0, None), "the list says nothing new"


def test_a_day_that_is_known_is_no_letter(openai: OpenAITwin, catalog: None, operator: User):
    at = a_day(10)
    ImageModel.objects.filter(slug=MODEL).update(retired_at=at)
    assert read(openai, f"{at:%Y-%m-%d}") == 1
    assert (told(), row().stage()) == ([], "deprecated")
    assert ModelHealth.objects.get(model=MODEL).shutdown_at == at


def test_a_list_that_can_not_be_read_is_tried_again_and_changes_nothing(
    openai: OpenAITwin, catalog: None, operator: User
):
    openai.script("status", status=503, match={"path": "/v1/models"})
    with pytest.raises(probes.ListUnavailable):
        asyncio.run(probes.read_ends())
    for nonsense in ("html", "empty"):
        openai.script(nonsense, match={"path": "/v1/models"})
        assert asyncio.run(probes.read_ends()) == 0
    openai.script("status", status=404, match={"path": "/v1/models"})
    assert asyncio.run(probes.read_ends()) == 0, "another provider of the protocol may have no list"
    assert told() == []


def test_a_model_that_the_list_does_not_name_is_left_alone(catalog: None, operator: User):
    ImageModel.objects.filter(slug=MODEL).update(retired_at=a_day(9))
    provider = Provider.objects.get(slug="openai")
    assert announced_ends.note_all(provider, {"another": "2027-01-01"}) == 0
    assert row().retired_at == a_day(9)
    assert announced_ends.note_all(Provider.objects.get(slug="fal"), {MODEL: "2027-01-01"}) == 0


def test_the_twin_says_it_where_openai_does(twin: str):
    httpx.post(
        f"{twin}/_control/openai/script",
        json=[{"do": "shutdown_date", "times": 0, "match": {"model": MODEL}, "date": "2027-01-15"}],
        trust_env=False,
    )
    key = {"Authorization": "Bearer sk-test"}
    listed = httpx.get(f"{twin}/openai/v1/models", headers=key, trust_env=False).json()["data"]
    ends = {one["id"]: one["shutdown_date"] for one in listed}
    assert {name for name, at in ends.items() if at} == {MODEL}
    one = httpx.get(f"{twin}/openai/v1/models/{MODEL}", headers=key, trust_env=False).json()
    assert one["shutdown_date"] == ends[MODEL] == "2027-01-15"


def test_day_is_utc():
    assert announced_ends.parse_day("2027-01-15") == datetime(2027, 1, 15, tzinfo=UTC)
