"""Quotes with ids: a price that holds, and an order that is placed once."""

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.db.models.functions import Now
from rest_framework.test import APIClient

from accounts.models import Scope
from api import maintenance
from api.models import QuotedOrder
from api.quotes import orders, written
from billing.ledger import balance
from core import ids
from generation.catalog import cache as rows
from generation.catalog.parameters import ImageParameters
from generation.models import Generation, ImageModel, ModelPreference, ModelPrice
from generation.orders.order import Order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalog")]
MODEL = "gpt-image-2.5-flare"
ASKED = {"prompt": "a lighthouse", "model": MODEL, "quality": "high", "n": 2, "output_format": "webp"}
URL = "/api/v1/generations"


@pytest.fixture
def quoted(api, workspace, fund):
    """A quote of 6 credits; the workspace has 20."""
    fund(workspace, 20)
    answer = api.post("/api/v1/quotes", ASKED, format="json")
    assert answer.status_code == 200
    return answer.json()


def place(client, quoted, **more):
    return client.post(URL, {"quote": quoted["id"], **more}, format="json")


def expire(quoted, ago=timedelta(seconds=1)):
    assert QuotedOrder.objects.filter(pk=ids.parse("quo", quoted["id"])).update(expires_at=Now() - ago) == 1


def test_a_quote_has_an_id_and_holds_for_a_quarter_of_an_hour(api, quoted, workspace):
    assert quoted["id"].startswith("quo_")
    kept = QuotedOrder.objects.get()
    assert dt.datetime.fromisoformat(quoted["expires_at"]) == kept.expires_at
    left = kept.expires_at - dt.datetime.now(dt.UTC)
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)
    assert (kept.workspace, kept.token, kept.created_by, kept.credits) == (workspace, api.token, None, 6)
    assert balance.for_workspace(workspace) == balance.Balance(available=20)


def test_its_order_is_placed_as_it_was_quoted(api, quoted, workspace):
    answer = place(api, quoted)
    assert answer.status_code == 202
    made = answer.json()
    assert {name: made[name] for name in ASKED} == ASKED
    assert made["quote"]["credits"] == quoted["credits"] == 6
    assert balance.for_workspace(workspace).held == 6
    assert Generation.objects.get().token == api.token


def test_the_price_holds_whatever_changes(api, quoted, workspace):
    ModelPrice.objects.filter(model_id=MODEL).update(credits=9, steps=[9, 9, 9, 9])
    rows.invalidate()
    assert api.post("/api/v1/quotes", ASKED, format="json").json()["credits"] == 18
    made = place(api, quoted).json()
    assert (made["quote"]["credits"], made["quote"]["per_image"]) == (6, 3)
    assert [image.credits for image in Generation.objects.get().images.all()] == [3, 3]
    assert balance.for_workspace(workspace) == balance.Balance(available=14, held=6)


def test_placing_it_again_answers_the_first_generation(api, quoted, workspace):
    first = place(api, quoted).json()
    assert place(api, quoted).json()["id"] == first["id"]
    keyed = {"HTTP_IDEMPOTENCY_KEY": "another"}
    assert api.post(URL, {"quote": quoted["id"]}, format="json", **keyed).json()["id"] == first["id"]
    expire(quoted, ago=timedelta(hours=2))
    assert place(api, quoted).json()["id"] == first["id"]
    maintenance.sweep()
    assert not QuotedOrder.objects.exists()
    assert place(api, quoted).json()["id"] == first["id"]
    assert Generation.objects.count() == 1
    assert balance.for_workspace(workspace).held == 6


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_one(api, quoted, workspace):
    def ask(_):
        try:
            return place(APIClient(HTTP_AUTHORIZATION=f"Bearer {api.text}"), quoted)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(ask, range(20)))
    # On a machine that is busy with something else, who waits for the first one's lock may be told to come back.
    assert {answer.status_code for answer in answers} <= {202, 503}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 202}) == 1
    assert Generation.objects.count() == 1
    assert balance.for_workspace(workspace) == balance.Balance(available=14, held=6)


@pytest.mark.parametrize(
    "id_", ["quo_x", "quo_01jd0000000000000000000000", "gen_01jd0000000000000000000000", "\u00e4"]
)
def test_an_unknown_one_is_not_found(api, problem, quoted, id_):
    answer = place(api, {"id": id_})
    assert (answer.status_code, problem(answer)["code"]) == (404, "quote_not_found")


def test_another_workspaces_is_not_found(foreign_api, problem, quoted, other_workspace, fund):
    fund(other_workspace, 20)
    assert problem(place(foreign_api, quoted))["code"] == "quote_not_found"
    assert not Generation.objects.exists()


def test_test_and_live_tokens_have_quotes_of_their_own(program, workspace, alice, api, problem, quoted):
    test = program(workspace, alice, is_test=True)
    assert problem(place(test, quoted))["code"] == "quote_not_found"
    tried = test.post("/api/v1/quotes", ASKED, format="json").json()
    assert problem(place(api, tried))["code"] == "quote_not_found"
    assert place(test, tried).status_code == 202
    assert problem(place(api, tried))["code"] == "quote_not_found"


def test_an_expired_one_is_gone(api, problem, quoted, workspace):
    expire(quoted)
    told = problem(place(api, quoted))
    assert (told["status"], told["code"], told["param"]) == (410, "quote_expired", "quote")
    assert "Nothing was charged; ask for a new quote." in told["detail"]
    assert balance.for_workspace(workspace) == balance.Balance(available=20)


def test_one_of_a_model_that_was_replaced_is_gone(api, problem, quoted, workspace):
    ModelPreference.objects.create(workspace=workspace, use_replacements=True)
    ended = dt.datetime.now(dt.UTC) - timedelta(days=1)
    ImageModel.objects.filter(slug=MODEL).update(retired_at=ended, replacement_id="gpt-image-2")
    rows.invalidate()
    assert problem(place(api, quoted))["code"] == "quote_expired"
    assert not Generation.objects.exists()


def test_a_style_is_of_the_version_that_was_quoted(api, workspace, fund):
    fund(workspace, 20)
    style = api.post("/api/v1/styles", {"name": "Sand", "template": "{prompt} on sand"}, format="json").json()
    asked = {"prompt": "a fig", "style": style["id"]}
    quoted = api.post("/api/v1/quotes", asked, format="json").json()
    api.patch(f"/api/v1/styles/{style['id']}", {"template": "{prompt} on ice"}, format="json")
    made = place(api, quoted).json()
    assert (made["sent_prompt"], made["style_version"]) == ("a fig on sand", 1)


@pytest.mark.parametrize(
    ("said", "param"),
    [({"prompt": "a fox"}, "prompt"), ({"n": 2}, "n"), ({"moon": 1}, "moon"), ({"quote": 5}, "quote")],
    ids=str,
)
def test_a_quote_is_a_whole_order(api, problem, quoted, said, param):
    told = problem(place(api, quoted, **said))
    assert (told["status"], told["code"], told["param"]) == (400, "invalid_request", param)
    assert not Generation.objects.exists()


def test_without_a_quote_an_order_needs_a_prompt(api, problem, quoted):
    assert problem(api.post(URL, {"quote": None}, format="json"))["param"] == "prompt"
    assert api.post(URL, {"quote": None, "prompt": "a fox"}, format="json").status_code == 202


def test_max_credits_and_the_balance_hold_for_a_quote_too(
    api, problem, quoted, program, other_workspace, charlie
):
    assert problem(place(api, quoted, max_credits=5))["code"] == "max_credits_exceeded"
    poor = program(other_workspace, charlie)
    asked = poor.post("/api/v1/quotes", ASKED, format="json").json()
    assert problem(place(poor, asked))["code"] == "insufficient_credits"
    assert place(api, quoted, max_credits=6).status_code == 202


def test_a_reader_quotes_and_does_not_order(program, workspace, alice, problem, fund):
    reader = program(workspace, alice, [Scope.IMAGES_READ])
    asked = reader.post("/api/v1/quotes", ASKED, format="json").json()
    assert problem(place(reader, asked))["code"] == "insufficient_scope"


def test_a_workspace_has_so_many_that_hold(api, problem, quoted, workspace, foreign_api):
    first = QuotedOrder.objects.get()
    more = (
        QuotedOrder(
            workspace=workspace,
            order=first.order,
            model=first.model,
            quote=first.quote,
            credits=1,
            expires_at=first.expires_at,
        )
        for _ in range(orders.MOST - 1)
    )
    QuotedOrder.objects.bulk_create(more)
    answer = api.post("/api/v1/quotes", ASKED, format="json")
    assert (answer.status_code, problem(answer)["code"]) == (429, "too_many_quotes")
    assert answer["Retry-After"] == "60"
    assert foreign_api.post("/api/v1/quotes", ASKED, format="json").status_code == 200
    expire(quoted)
    assert api.post("/api/v1/quotes", ASKED, format="json").status_code == 200


def test_an_expired_one_is_known_for_an_hour(api, problem, quoted):
    expire(quoted, ago=timedelta(minutes=59))
    assert maintenance.sweep()["quotes"] == 0
    assert problem(place(api, quoted))["code"] == "quote_expired"
    expire(quoted, ago=timedelta(minutes=61))
    assert maintenance.sweep()["quotes"] == 1
    assert problem(place(api, quoted))["code"] == "quote_not_found"


@pytest.mark.parametrize(
    "order",
    [
        Order(prompt="a fox", model=MODEL),
        Order(
            prompt="a \u00e4\U0001f600\n",
            model=MODEL,
            n=4,
            parameters=ImageParameters(size="1024x1024", output_format="jpeg", output_compression=80),
            references=(uuid.uuid4(), uuid.uuid4()),
            mask=uuid.uuid4(),
            style=uuid.uuid4(),
            style_version=uuid.uuid4(),
            style_values=(("surface", "oak"), ("light", "")),
            partials=2,
        ),
    ],
    ids=["plain", "whole"],
)
def test_an_order_is_read_as_it_was_written(order):
    assert written.read(written.write(order)) == order
