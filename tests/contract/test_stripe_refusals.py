"""What Stripe refuses, by its own client: keys, cards and customers that are gone, keys of idempotency."""

import pytest
import stripe


@pytest.fixture
def client(twin, control):
    """Makes a client with a key."""

    def make(key="sk_test_" + "0" * 24):
        return stripe.StripeClient(key, base_addresses={"api": f"{twin}/stripe"}, max_network_retries=0)

    return make


@pytest.fixture
def saved(client):
    """A customer with a card."""
    customer = client().v1.customers.create({"email": "a@example.com"})
    return customer, client().v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})


def charge(client, customer, method, key="k", amount=1_000):
    params = {
        "amount": amount,
        "currency": "usd",
        "customer": customer.id,
        "payment_method": method.id,
        "confirm": True,
        "off_session": True,
    }
    return client().v1.payment_intents.create(params, {"idempotency_key": key})


def test_a_restricted_key_may_not_ask_for_its_account(client):
    assert client().v1.accounts.retrieve_current().id.startswith("acct_")
    restricted = client("rk_test_" + "0" * 24)
    with pytest.raises(stripe.PermissionError) as caught:
        restricted.v1.accounts.retrieve_current()
    assert caught.value.http_status == 403
    assert restricted.v1.customers.list().data == []


def test_a_detached_card_is_never_charged_again(client, saved):
    customer, method = saved
    client().v1.payment_methods.detach(method.id)
    with pytest.raises(stripe.InvalidRequestError, match="detached") as caught:
        charge(client, customer, method)
    assert caught.value.http_status == 400
    assert client().v1.payment_intents.list().data == []


def test_a_deleted_customer_is_said_to_be_so_and_takes_its_cards_along(client, saved):
    customer, method = saved
    client().v1.customers.delete(customer.id)
    assert client().v1.customers.retrieve(customer.id).deleted
    assert client().v1.payment_methods.retrieve(method.id).customer is None
    assert client().v1.customers.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such customer") as caught:
        charge(client, customer, method)
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (
        400,
        "resource_missing",
        "customer",
    )


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ({"status": 400}, stripe.InvalidRequestError),
        ({"status": 400, "type": "idempotency_error"}, stripe.IdempotencyError),
        ({"status": 401}, stripe.AuthenticationError),
        ({"status": 403}, stripe.PermissionError),
        ({"status": 429}, stripe.RateLimitError),
        ({"status": 500}, stripe.APIError),
    ],
)
def test_charges_can_be_refused_in_every_way(client, control, saved, script, error):
    rule = {"match": {"path": "/v1/payment_intents"}, "do": "status"} | script
    control.post("/stripe/script", json=[rule]).raise_for_status()
    with pytest.raises(error) as caught:
        charge(client, *saved)
    assert type(caught.value) is error
    assert charge(client, *saved, key="another").status == "succeeded"


def test_a_500_that_is_kept_is_given_to_its_key_again(client, control, saved):
    rule = {"match": {"path": "/v1/payment_intents"}, "do": "status", "status": 500, "kept": True}
    control.post("/stripe/script", json=[rule]).raise_for_status()
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            charge(client, *saved)
    assert charge(client, *saved, key="another").status == "succeeded"


def test_a_key_that_is_used_for_something_else_is_refused(client, saved):
    charge(client, *saved)
    with pytest.raises(stripe.IdempotencyError):
        charge(client, *saved, amount=2_000)


def session(client, **params):
    urls = {"success_url": "https://example.com/a", "cancel_url": "https://example.com/b"}
    return client().v1.checkout.sessions.create({"mode": "setup", **urls, **params})


def test_a_page_that_names_no_methods_offers_more_than_cards(client, control):
    with pytest.raises(stripe.InvalidRequestError, match="currency"):
        session(client)
    any_method = session(client, currency="usd")
    control.post(f"/stripe/sessions/{any_method.id}/save_debit").raise_for_status()
    (event,) = client().v1.events.list({"type": "checkout.session.completed"}).data
    assert (event.data.object.mode, event.data.object.id) == ("setup", any_method.id)
    intent = client().v1.setup_intents.retrieve(
        event.data.object.setup_intent, {"expand": ["payment_method"]}
    )
    assert intent.payment_method.type == "us_bank_account"
    cards = session(client, payment_method_types=["card"])
    assert control.post(f"/stripe/sessions/{cards.id}/save_debit").status_code == 400


@pytest.mark.parametrize(
    ("outcome", "status"), [("succeed", "succeeded"), ("fail", "requires_payment_method")]
)
def test_a_debit_is_under_way_until_the_bank_answers(client, control, saved, outcome, status):
    control.post(f"/stripe/payment_methods/{saved[1].id}", json={"card": "bankDebit"}).raise_for_status()
    intent = charge(client, *saved)
    assert intent.status == "processing"
    control.post(f"/stripe/payment_intents/{intent.id}/{outcome}").raise_for_status()
    assert client().v1.payment_intents.retrieve(intent.id).status == status
