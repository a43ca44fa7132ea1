"""Clients of a partner: a wallet each, isolated like any workspace, and nothing of one touches another."""

import pytest
from rest_framework.test import APIClient

from accounts.models import Client, Scope
from billing import ledger
from billing.clients import clients
from billing.ledger import balance
from billing.ledger.balance import Balance
from generation.lifecycle import stopping
from generation.models import Generation

ORDER = {
    "prompt": "a lighthouse",
    "model": "gpt-image-2.5-flare",
    "size": "816x816",
    "quality": "low",
}  # 1 credit

pytestmark = pytest.mark.django_db


def make(api, **said):
    answer = api.post("/api/v1/clients", {"name": "Kiosk"} | said, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()


def fund(api, client, credits, verb="fund", **headers):
    return api.post(f"/api/v1/clients/{client['id']}/{verb}", {"credits": credits}, format="json", **headers)


@pytest.fixture
def shop(api, fund_own):
    return make(api, name="Kiosk Nord", external_id="shop-118")


@pytest.fixture
def fund_own(workspace, fund):
    fund(workspace, 100)


@pytest.fixture
def of_shop(api, shop):
    """A program of the client."""
    body = {
        "name": "till",
        "scopes": [scope for scope in Scope.values if scope != "clients:write"],
        "client": shop["id"],
    }
    made = api.post("/api/v1/tokens", body, format="json").json()
    assert made["client"] == shop["id"]
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {made['token']}")


def test_a_client_has_an_id_of_its_own_and_a_wallet_that_is_empty(api, shop):
    assert shop["id"].startswith("clt_")
    assert (shop["name"], shop["external_id"], shop["status"]) == ("Kiosk Nord", "shop-118", "open")
    assert shop["balance"]["available"] == 0
    assert api.get(f"/api/v1/clients/{shop['id']}").json() == shop
    assert [row["id"] for row in api.get("/api/v1/clients").json()["data"]] == [shop["id"]]


def test_a_client_with_ten_credits_orders_twenty_images_and_gets_ten(api, shop, of_shop, workspace):
    assert fund(api, shop, 10).json()["client"]["available"] == 10
    said = [of_shop.post("/api/v1/generations", ORDER, format="json").status_code for _ in range(20)]
    assert (said.count(202), said.count(402)) == (10, 10)
    assert balance.for_workspace(workspace) == Balance(available=90)


def test_a_client_is_isolated_like_any_workspace(api, shop, of_shop):
    fund(api, shop, 5)
    theirs = of_shop.post("/api/v1/generations", ORDER, format="json").json()
    mine = api.post("/api/v1/generations", ORDER, format="json").json()
    assert api.get(f"/api/v1/generations/{theirs['id']}").status_code == 404
    assert of_shop.get(f"/api/v1/generations/{mine['id']}").status_code == 404
    assert of_shop.get("/api/v1/balance").json()["available"] == 4
    assert of_shop.get("/api/v1/clients").json()["data"] == []


def test_another_partner_sees_no_client(foreign_api, shop):
    for verb, address in (("get", ""), ("get", "/transfers"), ("post", "/close"), ("post", "/fund")):
        answer = getattr(foreign_api, verb)(f"/api/v1/clients/{shop['id']}{address}", {}, format="json")
        assert answer.status_code == 404, address


def test_the_same_key_funds_once(api, shop, workspace):
    said = [fund(api, shop, 7, HTTP_IDEMPOTENCY_KEY="one") for _ in range(2)]
    assert [answer.status_code for answer in said] == [200, 200]
    assert said[1]["Idempotent-Replayed"] == "true"
    assert balance.for_workspace(workspace) == Balance(available=93)


def test_what_is_not_there_is_not_moved(api, shop, problem):
    assert problem(fund(api, shop, 101))["code"] == "insufficient_credits"
    fund(api, shop, 5)
    answer = fund(api, shop, 6, "withdraw")
    assert problem(answer)["detail"].startswith("The client has 5 credits available, not 6.")
    assert fund(api, shop, 5, "withdraw").json()["yours"]["available"] == 100


def test_a_suspended_client_orders_nothing_until_it_is_resumed(api, shop, of_shop, problem):
    fund(api, shop, 5)
    assert api.post(f"/api/v1/clients/{shop['id']}/suspend").json()["status"] == "suspended"
    answer = of_shop.post("/api/v1/generations", ORDER, format="json")
    assert problem(answer)["code"] == "spending_locked"
    assert api.post(f"/api/v1/clients/{shop['id']}/resume").json()["status"] == "open"
    assert of_shop.post("/api/v1/generations", ORDER, format="json").status_code == 202


def test_closed_its_tokens_end_and_what_is_left_goes_back_also_what_was_held(
    api, shop, of_shop, workspace, problem
):
    fund(api, shop, 10)
    of_shop.post("/api/v1/generations", ORDER | {"n": 3}, format="json")
    closed = api.post(f"/api/v1/clients/{shop['id']}/close").json()
    assert (closed["status"], closed["balance"]["held"]) == ("closed", 3)
    assert balance.for_workspace(workspace) == Balance(available=97)
    assert of_shop.get("/api/v1/balance").status_code == 401
    stopping.cancel(Generation.objects.get(workspace=Client.objects.get().workspace))
    assert clients.settle_closed() == 1
    assert clients.settle_closed() == 0
    assert balance.for_workspace(workspace) == Balance(available=100)
    for verb in ("fund", "suspend", "resume"):
        answer = api.post(
            f"/api/v1/clients/{shop['id']}/{verb}", {"credits": 1} if verb == "fund" else {}, format="json"
        )
        assert problem(answer)["code"] == "client_refused"


def test_an_id_of_the_partners_names_one_client(api, shop, problem):
    answer = api.post("/api/v1/clients", {"name": "Other", "external_id": "shop-118"}, format="json")
    assert problem(answer)["code"] == "client_refused"
    assert Client.objects.count() == 1
    other = make(api)
    answer = api.patch(f"/api/v1/clients/{other['id']}", {"external_id": "shop-118"}, format="json")
    assert problem(answer)["detail"] == clients.TAKEN


def test_a_client_makes_no_clients(api, shop, problem):
    body = {"name": "chain", "scopes": ["clients:write"], "client": shop["id"]}
    theirs = APIClient(
        HTTP_AUTHORIZATION=f"Bearer {api.post('/api/v1/tokens', body, format='json').json()['token']}"
    )
    answer = theirs.post("/api/v1/clients", {"name": "Deeper"}, format="json")
    assert problem(answer)["code"] == "client_refused"


def test_a_token_for_a_client_needs_the_clients_scope(program, workspace, alice, shop, problem):
    api = program(workspace, alice, [Scope.TOKENS_WRITE, Scope.GENERATIONS_WRITE])
    body = {"name": "till", "scopes": ["generations:write"], "client": shop["id"]}
    assert problem(api.post("/api/v1/tokens", body, format="json"))["code"] == "unknown_client"


def test_statement_and_usage_of_a_client_are_read_by_its_partner(api, shop, of_shop):
    fund(api, shop, 5)
    of_shop.post("/api/v1/generations", ORDER, format="json")
    kinds = [row["kind"] for row in api.get(f"/api/v1/clients/{shop['id']}/transfers").json()["data"]]
    assert kinds == ["hold", "fund"]
    assert api.get(f"/api/v1/clients/{shop['id']}/usage", {"by": "model"}).status_code == 200


def test_a_client_has_its_partners_prices(api, shop, of_shop):
    mine = api.post("/api/v1/quotes", ORDER, format="json").json()["credits"]
    assert of_shop.post("/api/v1/quotes", ORDER, format="json").json()["credits"] == mine


def test_a_list_of_clients_asks_as_much_for_many_as_for_one(api, shop, django_assert_max_num_queries):
    for number in range(5):
        fund(api, make(api, name=f"Shop {number}"), 1)
    with django_assert_max_num_queries(5):
        assert len(api.get("/api/v1/clients").json()["data"]) == 6


def test_the_maker_who_left_takes_the_clients_tokens_along(api, of_shop, workspace, alice):
    workspace.memberships.filter(user=alice).delete()
    assert of_shop.get("/api/v1/balance").status_code == 401


def test_a_client_buys_and_refills_nothing(of_shop, problem):
    assert (
        problem(of_shop.post("/api/v1/purchases", {"pack": "starter"}, format="json"))["code"]
        == "client_refused"
    )
    assert of_shop.post("/api/v1/test-world/refill").status_code == 403


def test_a_partner_in_debt_stops_its_clients(api, shop, of_shop, workspace, problem):
    fund(api, shop, 5)
    ledger.reverse(workspace, 100, key="re", reference="x", reason="")
    answer = of_shop.post("/api/v1/generations", ORDER, format="json")
    assert problem(answer)["code"] == "in_debt"
    ledger.grant(workspace, 5, key="g", reference="x")
    assert of_shop.post("/api/v1/generations", ORDER, format="json").status_code == 202


def test_a_live_client_has_no_test_tokens(api, shop, problem):
    body = {"name": "till", "scopes": ["generations:write"], "client": shop["id"], "is_test": True}
    assert problem(api.post("/api/v1/tokens", body, format="json"))["code"] == "unknown_client"


def test_a_client_sees_none_of_its_partners_styles(api, of_shop):
    made = api.post("/api/v1/styles", {"name": "Calm", "template": "{prompt}, calm"}, format="json").json()
    listed = [row["id"] for row in of_shop.get("/api/v1/styles", {"limit": 100}).json()["data"]]
    assert made["id"] not in listed
    assert of_shop.get(f"/api/v1/styles/{made['id']}").status_code == 404


def test_a_client_of_a_test_world_rehearses(program, workspace, alice):
    trying = program(workspace, alice, is_test=True)
    shop = make(trying, name="Kiosk")
    assert fund(trying, shop, 5).json()["client"]["available"] == 5
    body = {"name": "till", "scopes": ["generations:write"], "client": shop["id"]}
    made = trying.post("/api/v1/tokens", body, format="json").json()
    assert made["token"].startswith("cio_test_")
    theirs = APIClient(HTTP_AUTHORIZATION=f"Bearer {made['token']}")
    assert theirs.post("/api/v1/generations", ORDER, format="json").status_code == 202
