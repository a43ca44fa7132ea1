"""What Stripe does and a kinder twin doesn't: kept refusals, calls in flight, latency, versions, unknown parameters."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

KEY = "sk_test_" + "0" * 24


@pytest.fixture
def client(twin, control):
    yield stripe.StripeClient(KEY, base_addresses={"api": f"{twin}/stripe"}, max_network_retries=0)
    control.post("/stripe/habits", json={}).raise_for_status()


def pay(client, card="pm_card_visa", **options):
    asked = {"amount": 3000, "currency": "usd", "payment_method": card, "confirm": True, "off_session": True}
    return client.v1.payment_intents.create(asked, options)


def test_a_refusal_is_kept_for_its_key(client):
    asked = {"amount": 500, "currency": "usd", "customer": "cus_nobody"}
    for replayed in (None, "true"):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            client.v1.payment_intents.create(asked, {"idempotency_key": "k"})
        assert caught.value.headers.get("idempotent-replayed") == replayed


def test_what_is_wrong_in_itself_is_not(client):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create({"amount": 500}, {"idempotency_key": "k"})
    assert client.v1.payment_intents.create({"amount": 500, "currency": "usd"}, {"idempotency_key": "k"}).id


@pytest.mark.parametrize(
    ("status", "is_kept"), [(400, True), (404, True), (500, True), (429, False), (503, False)]
)
def test_scripted_answers_are_kept_as_stripe_does(client, control, status, is_kept):
    rule = {"match": {"path": "/v1/customers"}, "do": "status", "status": status}
    control.post("/stripe/script", json=[rule]).raise_for_status()
    with pytest.raises(stripe.StripeError):
        client.v1.customers.create({}, {"idempotency_key": "k"})
    if is_kept:
        with pytest.raises(stripe.StripeError) as caught:
            client.v1.customers.create({}, {"idempotency_key": "k"})
        assert caught.value.http_status == status
    else:
        assert client.v1.customers.create({}, {"idempotency_key": "k"}).id


def test_a_second_call_with_a_key_whose_first_is_in_flight_is_a_conflict(client, control):
    control.post("/stripe/habits", json={"latency": 0.4}).raise_for_status()

    def make(_):
        try:
            return client.v1.customers.create({}, {"idempotency_key": "k"}).id
        except stripe.APIError as error:
            return error.http_status

    with ThreadPoolExecutor(2) as pool:
        first, second = sorted(pool.map(make, range(2)), key=str)
    assert (first, second[:4]) == (409, "cus_")
    assert make(0) == second


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"colour": "red"}, "colour"),
        ({"line_items": [{"quantity": 1, "size": "big"}]}, "line_items[0][size]"),
        (
            {"payment_intent_data": {"metadata": {"any": "thing"}, "off_session": True}},
            "payment_intent_data[off_session]",
        ),
        ({"automatic_tax": {"enabled": True, "rate": 1}}, "automatic_tax[rate]"),
    ],
)
def test_a_page_takes_no_unknown_parameter(client, more, named):
    asked = {"mode": "payment", "success_url": "https://shop.test/", **more}
    with pytest.raises(stripe.InvalidRequestError, match="Received unknown parameter") as caught:
        client.v1.checkout.sessions.create(asked)
    assert (caught.value.code, caught.value.param) == ("parameter_unknown", named)


def test_nor_do_its_siblings(client):
    for call in (
        lambda: client.v1.refunds.create({"payment_intent": "pi_1", "memo": "x"}),
        lambda: client.v1.customers.create({"mail": "a@example.com"}),
        lambda: client.v1.events.list({"kinds": ["a"]}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            call()
        assert caught.value.code == "parameter_unknown"


def test_charges_carry_no_refunds_unless_asked(client):
    intent = pay(client)
    client.v1.refunds.create({"payment_intent": intent.id})
    assert "refunds" not in client.v1.charges.retrieve(intent.latest_charge)
    shown = client.v1.charges.retrieve(intent.latest_charge, {"expand": ["refunds"]})
    assert len(shown.refunds.data) == 1
    (event,) = client.v1.events.list({"type": "charge.refunded"}).data
    assert "refunds" not in event.data.object


@pytest.mark.parametrize(("outcome", "status"), [("succeed", "succeeded"), ("cancel", "canceled")])
def test_a_refund_may_need_its_customer(client, control, outcome, status):
    intent = pay(client)
    made = client.v1.refunds.create({"payment_intent": intent.id, "metadata": {"sandbox": "requires_action"}})
    assert (made.status, made.balance_transaction, made.next_action.type) == (
        "requires_action", None, "display_details",
    )  # fmt: skip
    control.post(f"/stripe/refunds/{made.id}/{outcome}").raise_for_status()
    assert client.v1.refunds.retrieve(made.id).status == status
    assert client.v1.charges.retrieve(intent.latest_charge).refunded == (outcome == "succeed")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.cancel(made.id)


def test_events_are_listed_in_the_version_of_their_day(client, control):
    control.post("/stripe/habits", json={"account_version": "2020-08-27"}).raise_for_status()
    pay(client)
    control.post("/stripe/habits", json={}).raise_for_status()
    pay(client)
    new, old = client.v1.events.list({"type": "payment_intent.succeeded"}).data
    assert (new.api_version, old.api_version) == ("2026-08-26.dahlia", "2020-08-27")
    assert "latest_charge" in new.data.object
    assert "latest_charge" not in old.data.object
    assert old.data.object.charges.data[0].paid
    assert client.v1.events.retrieve(old.id).api_version == "2020-08-27"


def test_a_payer_who_fails_to_prove_it_leaves_no_charge(client, control):
    session = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "https://shop.test/",
            "line_items": [{"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 500, "product_data": {"name": "x"}}}],
        }
    )  # fmt: skip
    control.post(f"/stripe/sessions/{session.id}/decline").raise_for_status()
    for _ in range(2):
        control.post(
            f"/stripe/sessions/{session.id}/decline", json={"card": "authenticationFailed"}
        ).raise_for_status()
    third, second, first = client.v1.events.list({"type": "payment_intent.payment_failed"}).data
    errors = [event.data.object.last_payment_error for event in (first, second, third)]
    assert ["charge" in error for error in errors] == [True, False, False]
    assert len({event.data.object.latest_charge for event in (first, second, third)}) == 1


@pytest.mark.parametrize(
    ("card", "status", "reason"),
    [
        ("createDispute", "needs_response", "fraudulent"),
        ("createDisputeProductNotReceived", "needs_response", "product_not_received"),
        ("createDisputeInquiry", "warning_needs_response", "fraudulent"),
    ],
)
@pytest.mark.parametrize(("words", "ends"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_cards_that_are_disputed_and_words_that_decide(client, card, status, reason, words, ends):
    pay(client, f"pm_card_{card}")
    (found,) = client.v1.disputes.list().data
    assert (found.status, found.reason) == (status, reason)
    after = client.v1.disputes.update(found.id, {"evidence": {"uncategorized_text": words}})
    assert after.status == ("warning_closed" if ends == "won" and "warning" in status else ends)


def test_a_dispute_that_takes_no_answer(client, control):
    intent = pay(client)
    found = control.post("/stripe/disputes", json={"charge": intent.latest_charge, "due_by": 0}).json()
    assert found["evidence_details"]["due_by"] == 0
    with pytest.raises(stripe.InvalidRequestError, match="does not accept"):
        client.v1.disputes.update(found["id"], {"evidence": {"uncategorized_text": "x"}})


def test_customers_on_a_clock_go_with_it(client):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000})
    customer = client.v1.customers.create({"test_clock": clock.id})
    assert customer.test_clock == clock.id
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": 1_800_086_400})
    client.v1.test_helpers.test_clocks.delete(clock.id)
    assert client.v1.customers.retrieve(customer.id).deleted
