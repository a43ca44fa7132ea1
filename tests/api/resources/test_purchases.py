import pytest

from accounts.models import Scope
from billing.models import Purchase
from tests.support.environment import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalog")]
URL = "/api/v1/purchases"


def test_a_purchase_is_paid_on_stripes_page(api, twin, workspace):
    answer = api.post(URL, {"pack": "starter"})
    assert answer.status_code == 201
    body = answer.json()
    assert body["id"].startswith("pur_")
    assert (body["status"], body["pack"], body["credits"], body["amount"]) == (
        "pending",
        "starter",
        400,
        1000,
    )
    assert body["currency"] == "usd"
    assert body["checkout_url"].startswith(f"{twin}/stripe/pay/")
    assert api.get(f"{URL}/{body['id']}").json() == body
    assert api.get(URL).json()["data"] == [body]
    assert api.get("/api/v1/balance").json()["available"] == 0


def test_a_repeated_request_is_one_purchase(api, twin):
    first, second = (api.post(URL, {"pack": "starter"}, HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2))
    assert second["Idempotent-Replayed"] == "true"
    assert first.json() == second.json()
    assert Purchase.objects.count() == 1


def test_a_page_is_named_only_while_it_can_be_paid_on(api, twin):
    made = api.post(URL, {"pack": "starter"}).json()
    Purchase.objects.update(status="expired")
    assert api.get(f"{URL}/{made['id']}").json()["checkout_url"] is None


@pytest.mark.parametrize(
    ("asked", "status", "param"),
    [
        ({}, 400, "pack"),
        ({"pack": "nothing"}, 404, "pack"),
        ({"pack": "starter", "quantity": 0}, 400, "quantity"),
        ({"pack": "starter", "quantity": 21}, 400, "quantity"),
        ({"pack": "starter", "credits": 10_000}, 400, "credits"),
        ({"pack": "starter", "amount": 1}, 400, "amount"),
    ],
)
def test_what_is_not_on_sale_is_refused(api, twin, problem, asked, status, param):
    answer = api.post(URL, asked)
    assert answer.status_code == status
    assert problem(answer)["param"] == param
    assert not Purchase.objects.exists()


def test_a_silent_stripe_leaves_the_key_to_go_on_with(api, problem, settings, twin):
    settings.STRIPE_API_BASE, stripe = f"http://127.0.0.1:{free_port()}", settings.STRIPE_API_BASE
    answer = api.post(URL, {"pack": "starter"}, HTTP_IDEMPOTENCY_KEY="k1")
    settings.STRIPE_API_BASE = stripe
    assert answer.status_code == 503
    assert problem(answer)["code"] == "payments_unavailable"
    assert api.post(URL, {"pack": "starter"}, HTTP_IDEMPOTENCY_KEY="k1").status_code == 201
    assert Purchase.objects.count() == 1


def test_buying_needs_its_scope(program, workspace, alice, twin):
    reader = program(workspace, alice, [Scope.BILLING_READ])
    assert reader.post(URL, {"pack": "starter"}).status_code == 403
    assert not Purchase.objects.exists()
