import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
import stripe

KEY = "sk_test_" + "0" * 24


@pytest.fixture
def client(twin, control):
    return stripe.StripeClient(KEY, base_addresses={"api": f"{twin}/stripe"}, max_network_retries=0)


@pytest.fixture
def inbox(client):
    """A webhook endpoint with a memory: received events, and the statuses to answer with first."""

    class Inbox:
        received: list = []
        answers: list = []

        def wait_for(self, type_, count=1):
            deadline = time.monotonic() + 5
            while time.monotonic() < deadline:
                found = [event for event in list(self.received) if event.type == type_]
                if len(found) >= count:
                    return found
                time.sleep(0.01)
            raise AssertionError(
                f"{type_} came {len(found)} times; came: {[event.type for event in self.received]}"
            )

    box = Inbox()
    box.received, box.answers = [], []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            event = stripe.Webhook.construct_event(body, self.headers["stripe-signature"], box.secret)
            status = box.answers.pop(0) if box.answers else 200
            box.received.append(event)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    endpoint = client.v1.webhook_endpoints.create(
        {
            "url": f"http://127.0.0.1:{server.server_port}/",
            "enabled_events": ["*"],
            "api_version": "2026-08-26.dahlia",
        }
    )
    box.secret, box.endpoint = endpoint.secret, endpoint.id
    yield box
    server.shutdown()
    server.server_close()
    thread.join()


def order(client, **more):
    return client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [
                {
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 1000,
                        "product_data": {"name": "400 credits"},
                    },
                    "quantity": 1,
                }
            ],
            "success_url": "http://shop.test/done?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://shop.test/packs",
            "client_reference_id": "pur_1",
            "metadata": {"purchase": "pur_1"},
            **more,
        }
    )


def test_a_payment_makes_all_objects_and_tells_of_them(client, control, inbox):
    customer = client.v1.customers.create({"email": "alice@example.com", "metadata": {"workspace": "w1"}})
    session = order(
        client,
        customer=customer.id,
        invoice_creation={"enabled": True},
        payment_intent_data={"setup_future_usage": "off_session"},
    )
    assert (session.status, session.payment_status, session.amount_total, session.currency) == (
        "open",
        "unpaid",
        1000,
        "usd",
    )
    control.post(f"/stripe/sessions/{session.id}/pay").raise_for_status()

    paid = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["line_items", "payment_intent.latest_charge.balance_transaction", "invoice"]}
    )
    assert (paid.status, paid.payment_status, paid.client_reference_id) == ("complete", "paid", "pur_1")
    assert paid.line_items.data[0].description == "400 credits"
    charge = paid.payment_intent.latest_charge
    assert (charge.amount, charge.paid, charge.refunded, charge.receipt_url[:7]) == (
        1000,
        True,
        False,
        "http://",
    )
    assert (charge.balance_transaction.fee, charge.balance_transaction.net) == (59, 941)
    assert (paid.invoice.status, paid.invoice.total) == ("paid", 1000)
    assert paid.invoice.hosted_invoice_url
    assert client.v1.payment_methods.list({"customer": customer.id}).data[0].card.last4 == "4242"

    completed = inbox.wait_for("checkout.session.completed")[0]
    assert completed.data.object.payment_intent == paid.payment_intent.id
    assert completed.api_version == "2026-08-26.dahlia"
    for name in ("payment_intent.succeeded", "charge.succeeded", "invoice.paid", "payment_method.attached"):
        inbox.wait_for(name)


def test_a_person_pays_on_the_page(client):
    session = order(client)
    with httpx.Client(trust_env=False) as browser:
        page = browser.get(session.url)
        assert "no real money" in page.text
        assert "$10.00" in page.text
        assert "script" not in page.text
        assert "http://shop.test" in page.headers["content-security-policy"]
        declined = browser.post(session.url, data={"action": "decline"})
        assert "declined" in declined.text
        closed = browser.post(session.url, data={"action": "close"})
        assert closed.headers["location"] == "http://shop.test/packs"
        done = browser.post(session.url, data={"action": "pay"})
    assert done.headers["location"] == f"http://shop.test/done?session={session.id}"
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_names_on_the_page_are_only_text(client):
    item = {"currency": "usd", "unit_amount": 500, "product_data": {"name": "<b>bold</b>"}}
    session = order(client, line_items=[{"price_data": item, "quantity": 2}])
    assert "&lt;b&gt;bold" in httpx.get(session.url, trust_env=False).text


def test_late_money_arrives_or_not(client, control, inbox):
    for outcome, event, status in (
        ("async_succeed", "checkout.session.async_payment_succeeded", "paid"),
        ("async_fail", "checkout.session.async_payment_failed", "unpaid"),
    ):
        session = order(client)
        control.post(f"/stripe/sessions/{session.id}/pay_later").raise_for_status()
        waiting = client.v1.checkout.sessions.retrieve(session.id)
        assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
        control.post(f"/stripe/sessions/{session.id}/{outcome}").raise_for_status()
        assert inbox.wait_for(event)[0].data.object.payment_status == status


def test_a_session_expires_once(client, control, inbox):
    session = order(client)
    assert client.v1.checkout.sessions.expire(session.id).status == "expired"
    inbox.wait_for("checkout.session.expired")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.expire(session.id)
    assert control.post(f"/stripe/sessions/{session.id}/pay").status_code == 400


def test_a_delivery_is_repeated_until_it_is_taken(client, control, inbox):
    inbox.answers = [500]
    client.v1.customers.create({"email": "a@example.com"})
    first, second = inbox.wait_for("customer.created", 2)
    assert first.id == second.id
    deadline = time.monotonic() + 2
    while client.v1.events.list({"delivery_success": True}).data == [] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [event.type for event in client.v1.events.list({"delivery_success": True}).data] == [
        "customer.created"
    ]
    statuses = [delivery["status"] for delivery in control.get("/stripe/log").json()["deliveries"]]
    assert statuses == [500, 200]


def test_events_are_delivered_again_on_demand(client, control, inbox):
    client.v1.customers.create({"email": "a@example.com"})
    event = inbox.wait_for("customer.created")[0]
    outcome = control.post(f"/stripe/events/{event.id}/redeliver", json={"times": 5}).json()
    assert [delivery["outcome"] for delivery in outcome["deliveries"]] == ["delivered"] * 5
    assert {again.id for again in inbox.wait_for("customer.created", 6)} == {event.id}
    control.post(
        f"/stripe/events/{event.id}/redeliver", json={"times": 2, "as_new_event": True}
    ).raise_for_status()
    assert len({again.id for again in inbox.wait_for("customer.created", 8)}) == 3


def test_deliveries_wait_while_paused(client, control, inbox):
    control.post("/stripe/webhooks/pause").raise_for_status()
    client.v1.customers.create({"email": "a@example.com"})
    time.sleep(0.1)
    assert inbox.received == []
    assert client.v1.events.list({"type": "customer.*", "delivery_success": False}).data
    control.post("/stripe/webhooks/resume").raise_for_status()
    inbox.wait_for("customer.created")


def test_the_log_shows_calls_and_deliveries(client, control, inbox):
    client.v1.customers.create({"email": "a@example.com"}, {"idempotency_key": "k1"})
    inbox.wait_for("customer.created")
    log = control.get("/stripe/log").json()
    call = log["calls"][-1]
    assert (call["method"], call["path"], call["status"], call["idempotency_key"]) == (
        "POST",
        "/v1/customers",
        200,
        "k1",
    )
    assert json.dumps(log["deliveries"])
