import json
import time

import httpx
import pytest
import stripe

KEY = "sk_test_" + "0" * 24


@pytest.fixture
def client(twin, control):
    return stripe.StripeClient(KEY, base_addresses={"api": f"{twin}/stripe"}, max_network_retries=0)


def pay(client, card="pm_card_visa", **more):
    return client.v1.payment_intents.create(
        {
            "amount": 3000,
            "currency": "usd",
            "payment_method": card,
            "confirm": True,
            "off_session": True,
            **more,
        }
    )


def types(client):
    return [event.type for event in reversed(client.v1.events.list({"limit": 100}).data)]


@pytest.mark.parametrize(
    ("card", "code", "reason"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_authenticationRequired", "authentication_required", "authentication_required"),
    ],
)
def test_a_saved_card_may_be_refused(client, card, code, reason):
    with pytest.raises(stripe.CardError) as caught:
        pay(client, card)
    assert (caught.value.http_status, caught.value.code) == (402, code)
    error = caught.value.json_body["error"]
    assert error["decline_code"] == reason
    intent = client.v1.payment_intents.retrieve(error["payment_intent"]["id"])
    assert (intent.status, intent.last_payment_error.code) == ("requires_payment_method", code)
    assert types(client) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


def test_a_saved_card_may_turn_bad(client, control):
    customer = client.v1.customers.create({"email": "a@example.com"})
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert pay(client, method.id, customer=customer.id).status == "succeeded"
    control.post(f"/stripe/payment_methods/{method.id}", json={"card": "chargeDeclined"}).raise_for_status()
    with pytest.raises(stripe.CardError):
        pay(client, method.id, customer=customer.id)


def test_refunds_in_parts_and_not_more_than_was_paid(client):
    intent = pay(client)
    first = client.v1.refunds.create(
        {"payment_intent": intent.id, "amount": 1000, "metadata": {"purchase": "p"}}
    )
    assert (first.status, first.amount, first.charge) == ("succeeded", 1000, intent.latest_charge)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 2001})
    client.v1.refunds.create({"charge": intent.latest_charge})
    charge = client.v1.charges.retrieve(intent.latest_charge, {"expand": ["refunds"]})
    assert (charge.amount_refunded, charge.refunded, len(charge.refunds.data)) == (3000, True, 2)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"charge": intent.latest_charge})
    assert caught.value.code == "charge_already_refunded"
    assert types(client)[-4:] == ["refund.created", "charge.refunded"] * 2


def test_a_refund_may_fail_later(client, control):
    intent = pay(client)
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    control.post(f"/stripe/refunds/{refund.id}/fail").raise_for_status()
    again = client.v1.refunds.retrieve(refund.id)
    assert (again.status, again.failure_reason) == ("failed", "expired_or_canceled_card")
    assert client.v1.charges.retrieve(intent.latest_charge).amount_refunded == 0
    assert types(client)[-3:] == ["refund.updated", "charge.refund.updated", "refund.failed"]
    assert (
        client.v1.refunds.create({"payment_intent": intent.id, "metadata": {"sandbox": "fail"}}).status
        == "failed"
    )


def held(client):
    now = client.v1.balance.retrieve()
    return now.available[0].amount + now.pending[0].amount


def test_the_balance_is_the_sum_of_its_lines_and_what_came_lately_is_pending(client, control):
    intent = pay(client)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 1000})
    control.post("/stripe/balance_transactions", json={"type": "payout", "amount": -500}).raise_for_status()
    now = client.v1.balance.retrieve()
    assert (now.available[0].amount, now.pending[0].amount) == (-1500, 3000 - 117)
    lines = client.v1.balance_transactions.list({"expand": ["data.source"]}).data
    assert [line.type for line in lines] == ["payout", "refund", "charge"]
    assert sum(line.net for line in lines) == held(client)
    assert [line.status for line in lines] == ["available", "available", "pending"]
    assert (lines[2].source.id, lines[2].source.payment_intent, lines[2].fee) == (
        intent.latest_charge,
        intent.id,
        117,
    )
    control.post("/stripe/balance", json={"amount": 42}).raise_for_status()
    assert held(client) == sum(line.net for line in lines) + 42


def test_disputes_take_money_and_may_give_it_back(client, control):
    intent = pay(client)
    start = held(client)
    opened = control.post("/stripe/disputes", json={"charge": intent.latest_charge}).json()
    assert client.v1.charges.retrieve(intent.latest_charge).disputed
    assert held(client) == start - 3000 - 1500
    answered = client.v1.disputes.update(opened["id"], {"evidence": {"uncategorized_text": "They used it."}})
    assert (answered.status, answered.evidence.uncategorized_text) == ("under_review", "They used it.")
    control.post(f"/stripe/disputes/{opened['id']}/win").raise_for_status()
    assert client.v1.disputes.retrieve(opened["id"]).status == "won"
    assert held(client) == start - 1500
    assert control.post(f"/stripe/disputes/{opened['id']}/lose").status_code == 400
    assert types(client)[-5:] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
    ]


def test_the_same_key_gives_the_same_answer(client):
    first = client.v1.customers.create({"email": "a@example.com"}, {"idempotency_key": "k"})
    again = client.v1.customers.create({"email": "a@example.com"}, {"idempotency_key": "k"})
    assert first.id == again.id
    assert again.last_response.headers["idempotent-replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError) as caught:
        client.v1.customers.create({"email": "b@example.com"}, {"idempotency_key": "k"})
    assert caught.value.http_status == 400
    assert len(client.v1.customers.list().data) == 1


def test_a_decline_is_kept_for_its_key(client):
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.create(
                {
                    "amount": 500,
                    "currency": "usd",
                    "payment_method": "pm_card_chargeDeclined",
                    "confirm": True,
                },
                {"idempotency_key": "one"},
            )
    assert len(client.v1.payment_intents.list().data) == 1


def test_lists_turn_pages_and_filter(client):
    ids = [client.v1.customers.create({"email": f"{n}@example.com"}).id for n in range(5)]
    page = client.v1.customers.list({"limit": 2})
    assert ([c.id for c in page.data], page.has_more) == (ids[:2:-1], True)
    assert [c.id for c in page.auto_paging_iter()] == ids[::-1]
    assert [c.id for c in client.v1.customers.list({"email": "3@example.com"}).data] == [ids[3]]
    assert client.v1.customers.list({"created": {"gt": int(time.time()) + 60}}).data == []
    assert len(client.v1.events.list({"types": ["customer.created"], "limit": 3}).data) == 3


def test_keys_and_ids_are_checked(twin, client):
    with pytest.raises(stripe.AuthenticationError):
        stripe.StripeClient(
            "sk_live_x", base_addresses={"api": f"{twin}/stripe"}, max_network_retries=0
        ).v1.customers.list()
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.retrieve("cus_none")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    assert caught.value.request_id.startswith("req_")
    assert (
        httpx.get(f"{twin}/stripe/v1/account", auth=(KEY, ""), trust_env=False).json()["object"] == "account"
    )


def test_metadata_is_merged(client):
    customer = client.v1.customers.create({"metadata": {"a": "1", "b": "2"}})
    customer = client.v1.customers.update(customer.id, {"metadata": {"b": "", "c": "3"}, "name": "Alice"})
    assert (customer.metadata.to_dict(), customer.name) == ({"a": "1", "c": "3"}, "Alice")


def test_an_answer_may_be_lost_after_its_effect(client, control):
    control.post(
        "/stripe/script", json=[{"match": {"path": "/v1/customers"}, "do": "reset", "at": 10}]
    ).raise_for_status()
    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"email": "a@example.com"}, {"idempotency_key": "k"})
    again = client.v1.customers.create({"email": "a@example.com"}, {"idempotency_key": "k"})
    assert [customer.id for customer in client.v1.customers.list().data] == [again.id]


def test_setup_intents_and_prices(client):
    customer = client.v1.customers.create({})
    intent = client.v1.setup_intents.create(
        {"customer": customer.id, "payment_method": "pm_card_visa", "confirm": True}
    )
    assert intent.status == "succeeded"
    assert len(client.v1.customers.payment_methods.list(customer.id).data) == 1
    product = client.v1.products.create({"name": "Starter"})
    price = client.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 1000})
    session = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price": price.id, "quantity": 3}],
            "success_url": "https://shop.test/",
        }
    )
    assert session.amount_total == 3000


def test_evidence_is_staged_then_submitted_within_its_limits(client, control, contracts):
    intent = pay(client)
    opened = control.post("/stripe/disputes", json={"charge": intent.latest_charge, "due_by": 1_900_000_000})
    id_ = opened.json()["id"]
    update = client.v1.disputes.update
    for wrong in ({"uncategorized_text": "x" * 20_001}, {"our_own_words": "x"}):
        with pytest.raises(stripe.InvalidRequestError):
            update(id_, {"evidence": wrong})
    staged = update(id_, {"evidence": {"customer_name": "Alice"}, "submit": False})
    assert (staged.status, staged.evidence_details.submission_count) == ("needs_response", 0)
    assert staged.evidence_details.due_by == 1_900_000_000
    sent = update(id_, {"submit": True})
    assert (sent.status, sent.evidence_details.submission_count, sent.evidence.customer_name) == (
        "under_review", 1, "Alice",
    )  # fmt: skip
    published = json.loads((contracts / "stripe-fixtures.json").read_text())["resources"]["dispute"]
    assert set(sent.to_dict()["evidence"]) == set(published["evidence"])
    assert set(sent.to_dict()["evidence_details"]) == set(published["evidence_details"])
