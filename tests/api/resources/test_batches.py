"""Batches over REST: all or nothing, one quote, once."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts import tokens
from accounts.models import Scope
from billing.ledger import balance
from billing.ledger.balance import Balance
from generation.batches import archives
from generation.lifecycle import claims
from generation.models import Archive, Batch, Generation, Image, Outcome, Reason
from generation.providers.contract import ProviderFailure
from generation.worker import outcomes

BODY = {
    "name": "Autumn",
    "model": "gpt-image-2.5-flare",
    "quality": "low",
    "size": "1:1",
    "rows": [{"prompt": "a bell"}, {"prompt": "a fig", "quality": "high", "name": "fig"}, {"prompt": "a lamp", "n": 2}],
}  # fmt: skip
pytestmark = pytest.mark.usefixtures("catalog")


@pytest.fixture
def funded(workspace, fund):
    fund(workspace, 20)
    return workspace


@pytest.fixture
def batch(api, funded):
    answer = api.post("/api/v1/batches", BODY, format="json")
    assert answer.status_code == 202
    return answer.json()


def test_a_batch_is_one_quote_and_one_hold(api, funded, batch):
    assert (batch["status"], batch["quote"], batch["size"], batch["images"]) == (
        "running",
        {"credits": 6},
        3,
        4,
    )
    assert batch["rows"] == {"waiting": 3, "running": 0, "done": 0, "failed": 0}
    assert batch["status_url"].endswith(f"/api/v1/batches/{batch['id']}")
    assert balance.for_workspace(funded) == Balance(available=14, held=6)
    assert api.get(f"/api/v1/batches/{batch['id']}").json() == batch
    rows = api.get(f"/api/v1/batches/{batch['id']}/rows?after=1").json()
    assert [(row["row"], row["name"], row["status"], row["credits"]) for row in rows["data"]] == [
        (2, "fig", "queued", 3), (3, "", "queued", 2),
    ]  # fmt: skip
    assert rows["has_more"] is False


def test_the_same_request_twice_is_one_batch(api, funded):
    headers = {"Idempotency-Key": "autumn-1"}
    first = api.post("/api/v1/batches", BODY, format="json", headers=headers)
    again = api.post("/api/v1/batches", BODY, format="json", headers=headers)
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Batch.objects.count() == 1
    other = api.post("/api/v1/batches", {**BODY, "name": "Other"}, format="json", headers=headers)
    assert other.status_code == 422


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"rows": [{"prompt": "a"}, {"prompt": " "}, {"prompt": "b", "size": "5:1"}]}, 400, "invalid_rows"),
        ({"rows": []}, 400, None),
        ({"rows": [{"prompt": "a"}] * 1001}, 400, None),
        ({"rows": [{"prompt": "a", "color": "red"}]}, 400, None),
        ({"max_credits": 5}, 400, "max_credits_exceeded"),
        ({"quality": "max"}, 402, "insufficient_credits"),
    ],
)
def test_what_can_t_be_ordered_orders_nothing(api, funded, problem, said, status, code):
    answer = api.post("/api/v1/batches", {**BODY, **said}, format="json")
    body = problem(answer)
    assert answer.status_code == status
    assert code is None or body["code"] == code
    if code == "invalid_rows":
        assert [(one["row"], one["param"]) for one in body["errors"]] == [(2, "prompt"), (3, "size")]
    assert not Batch.objects.exists()
    assert not Generation.objects.exists()
    assert balance.for_workspace(funded) == Balance(available=20)


def test_a_draft_says_its_price_first(api, funded):
    rows = [{"prompt": "a bell"}, {"prompt": ""}]
    made = api.post("/api/v1/batches", {**BODY, "rows": rows, "start": False}, format="json")
    draft = made.json()
    assert made.status_code == 201
    assert (draft["status"], draft["quote"]["credits"], draft["size"]) == ("draft", 1, 1)
    assert [(one["row"], one["param"]) for one in draft["errors"]] == [(2, "prompt")]
    address = f"/api/v1/batches/{draft['id']}"
    refused = api.post(f"{address}/start", {"max_credits": 0}, format="json")
    assert refused.status_code == 400
    started = api.post(f"{address}/start", {"max_credits": 1}, format="json").json()
    assert (started["status"], started["size"]) == ("running", 1)
    assert api.post(f"{address}/start", {}, format="json").status_code == 202
    assert balance.for_workspace(funded) == Balance(available=19, held=1)
    assert api.delete(address).status_code == 409


def test_it_is_paused_resumed_canceled_and_retried(api, funded, batch):
    address = f"/api/v1/batches/{batch['id']}"
    assert api.post(f"{address}/pause").json()["status"] == "paused"
    assert api.post(f"{address}/resume").json()["status"] == "running"
    image = Image.objects.filter(generation__batch_row__position=1).get()
    work = claims.claim(image.pk)
    outcomes.record_failed(work, ProviderFailure(Reason.MODERATION_INPUT, Outcome.REFUSED, "no"))
    canceled = api.post(f"{address}/cancel").json()
    assert (canceled["status"], canceled["charged"], canceled["rows"]["failed"]) == ("failed", 0, 3)
    assert balance.for_workspace(funded) == Balance(available=20)
    assert api.post(f"{address}/retry", {"rows": [1], "max_credits": 0}, format="json").status_code == 400
    again = api.post(f"{address}/retry", {"rows": [1], "max_credits": 1}, format="json")
    assert again.status_code == 202
    assert again.json()["rows"] == {"waiting": 1, "running": 0, "done": 0, "failed": 2}
    assert balance.for_workspace(funded) == Balance(available=19, held=1)


def test_a_test_token_s_batch_costs_test_credits(program, workspace, alice):
    client = program(workspace, alice, is_test=True)
    made = client.post("/api/v1/batches", BODY, format="json").json()
    credits = made["quote"]["credits"]
    assert (made["is_test"], made["status"]) == (True, "running")
    assert balance.for_workspace(client.token.workspace) == Balance(1_000 - credits, credits)
    assert client.post(f"/api/v1/batches/{made['id']}/cancel").json()["status"] == "canceled"


def test_a_token_s_cap_holds_for_the_whole(program, workspace, alice, funded, problem):
    client = program(workspace, alice, cap=5)
    assert problem(client.post("/api/v1/batches", BODY, format="json"))["code"] == "spending_cap_reached"
    assert balance.for_workspace(funded) == Balance(available=20)


def test_the_zip_has_an_address_for_minutes(api, client, funded, batch):
    address = f"/api/v1/batches/{batch['id']}/archive"
    assert api.post(address).status_code == 409
    assert api.get(address).status_code == 404
    one = Batch.objects.get()
    archive = Archive.objects.create(workspace=funded, batch=one, images=1)
    assert api.get(address).json()["url"] is None
    name = archives.storage.new_key(funded.pk, "archives", "zip")
    archives.storage.put(name, b"zip")
    Archive.objects.update(status="ready", file=name, bytes=3, expires_at=timezone.now())
    shown = api.get(address).json()
    assert (shown["status"], shown["bytes"]) == ("ready", 3)
    path = shown["url"].partition("//")[2].partition("/")[2]
    answer = client.get(f"/{path}")
    assert answer.getvalue() == b"zip"
    assert answer["Content-Disposition"] == 'attachment; filename="autumn.zip"'
    assert client.get(f"/{path}0").status_code == 404
    assert client.get(f"/archives/{archive.public_id}").status_code == 404


def test_lists_ask_as_little_for_ten_as_for_one(api, funded, django_assert_max_num_queries):
    for number in range(10):
        body = {**BODY, "rows": [{"prompt": "a bell"}], "start": bool(number % 2)}
        assert api.post("/api/v1/batches", body, format="json").status_code in {201, 202}
    with django_assert_max_num_queries(8):
        listed = api.get("/api/v1/batches").json()["data"]
    assert [one["quote"]["credits"] for one in listed] == [1] * 10


def test_a_foreign_batch_is_like_none(foreign_api, batch):
    for path in ("", "/rows", "/archive"):
        assert foreign_api.get(f"/api/v1/batches/{batch['id']}{path}").status_code == 404
    for path in ("start", "pause", "resume", "cancel", "retry", "archive"):
        assert foreign_api.post(f"/api/v1/batches/{batch['id']}/{path}", {}, format="json").status_code == 404
    assert Batch.objects.get().status == "running"


def test_a_test_token_orders_no_real_images(api, workspace, fund, alice):
    fund(workspace, 50)
    draft = api.post(
        "/api/v1/batches", {"start": False, "rows": [{"prompt": "a bell"}]}, format="json"
    ).json()
    _, text = tokens.issue(workspace, name="trial", scopes=set(Scope.values), user=alice, is_test=True)
    trial = Client(headers={"Authorization": f"Bearer {text}"})
    answer = trial.post(f"/api/v1/batches/{draft['id']}/start", content_type="application/json")
    assert answer.status_code == 404
    Batch.objects.update(status="failed")
    answer = trial.post(f"/api/v1/batches/{draft['id']}/retry", content_type="application/json")
    assert answer.status_code == 404
    assert balance.for_workspace(workspace).held == 0


def test_a_row_that_asks_for_none_is_not_taken_for_one(api, workspace, fund):
    fund(workspace, 50)
    body = {"n": 2, "rows": [{"prompt": "a bell", "n": 0}]}
    assert api.post("/api/v1/batches", body, format="json").status_code in {400, 422}
    assert balance.for_workspace(workspace).held == 0
