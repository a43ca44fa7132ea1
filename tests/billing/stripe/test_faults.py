"""Whatever Stripe answers while a page waits for it: a sentence, nothing charged, and never a fault of ours."""

import pytest
from django.urls import reverse

from billing.models import Dispute, Purchase, Refund, RefundStatus, StripeTrouble
from billing.purchases import receipts
from tests.billing.stripe_events import deliver_all

STATUSES = (400, 401, 402, 403, 404, 409, 429, 500, 503)
FAULTS = {
    **{str(status): {"do": "status", "status": status} for status in STATUSES},
    "card": {"do": "status", "status": 402, "type": "card_error", "code": "card_declined"},
    "key": {"do": "status", "status": 400, "type": "idempotency_error"},
    "html": {"do": "html", "status": 502},
    "page": {"do": "html", "status": 200},
    "empty": {"do": "empty"},
    "cut": {"do": "reset"},
    "half": {"do": "truncate"},
    "other": {"do": "status", "status": 200},
}
TEMPORARY = {"409", "429", "500", "503", "html", "page", "empty", "cut", "half", "other"}
"""Those that pass by themselves; of the others operators are told."""


SOME = ("400", "401", "card", "429", "cut", "other")
"""One of each kind, for the doors behind the first."""


@pytest.fixture(params=SOME)
def fault(request, stripe, monkeypatch):
    """Have Stripe answer so, wherever that is asked for."""
    monkeypatch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", lambda *_: 0)

    def script(path):
        rule = {"match": {"path": path}, "times": 0, **FAULTS[request.param]}
        stripe.control.post("/script", json=[rule]).raise_for_status()
        return request.param

    return script


def said(client):
    return client.get("/billing").content.decode()


@pytest.mark.parametrize("fault", FAULTS, indirect=True)
def test_opening_a_page_to_pay_on(fault, alice, client_for, have):
    client, kind = client_for(alice), fault("/v1/checkout/sessions")
    answer = client.post("/billing/buy", {"pack": "growth", "request_key": "k1"})
    assert (answer.status_code, answer["Location"]) == (302, "/billing")
    assert "No payment was started and nothing was charged" in said(client)
    assert (Purchase.objects.get().status, have().available) == ("pending", 0)
    assert StripeTrouble.objects.exists() == (kind not in TEMPORARY | {"402", "card"})


def test_making_the_customer_before_it(fault, alice, client_for):
    client, _ = client_for(alice), fault("/v1/customers")
    assert client.post("/billing/buy", {"pack": "growth", "request_key": "k1"}).status_code == 302
    assert "No payment was started and nothing was charged" in said(client)


def test_the_api_says_so_too(fault, alice, client_for):
    fault("/v1/checkout/sessions")
    answer = client_for(alice).post("/api/v1/purchases", {"pack": "starter"}, "application/json")
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["charged"]) == (503, "payments_unavailable", False)
    assert "No payment was started and nothing was charged" in problem["detail"]


def test_opening_a_page_to_save_a_card_on(fault, alice, client_for):
    fault("/v1/checkout/sessions")
    client = client_for(alice, proven=True)
    assert client.post("/billing/top-up/card").status_code == 302
    assert "No card was changed" in said(client)


def test_coming_back_from_it(fault, alice, client_for):
    client = client_for(alice, proven=True)
    assert client.post("/billing/top-up/card").status_code == 303
    fault("/v1/checkout/sessions/")
    assert client.get("/billing/top-up/saved").status_code == 302
    assert "Your card is safe there" in said(client)


def test_coming_back_from_paying(fault, buy, alice, client_for):
    purchase, _ = buy(), fault("/v1/checkout/sessions/")
    answer = client_for(alice).get(f"/billing/return/{purchase.public_id}")
    assert answer.status_code == 200
    assert "Waiting for your payment" in answer.content.decode()


def test_an_operators_refund(fault, bought, operator, client_for, have):
    purchase, kind = bought(), fault("/v1/refunds")
    page = reverse("admin:billing_purchase_refund", args=[purchase.pk])
    browser = client_for(operator)
    key = browser.get(page).context["form"]["key"].value()
    sent = {"whole": "on", "reason": "Asked for", "key": key}
    seen = browser.post(page, sent).context["form"]["seen"].value()
    answer = browser.post(page, {**sent, "seen": seen}, follow=True)
    assert answer.status_code == 200
    row = Refund.objects.get()
    if row.status == RefundStatus.FAILED:
        assert "Stripe rejected this refund" in answer.content.decode()
        assert have().available == 400
    else:
        assert "as soon as Stripe answers" in answer.content.decode()
        assert (row.status, have().available) == (RefundStatus.PENDING, 0)
    assert (row.status == RefundStatus.FAILED) == (kind in {"400", "404"})


def test_an_operators_evidence(fault, bought, stripe, operator, client_for):
    purchase = bought()
    receipts.complete(purchase.pk)
    stripe.do("disputes", payment_intent=purchase.payment_intent, reason="product_not_received")
    deliver_all(stripe.events("charge.dispute.created", "charge.dispute.updated"))
    dispute = Dispute.objects.get()
    kind = fault("/v1/disputes")
    page = reverse("admin:billing_dispute_send", args=[dispute.pk])
    answer = client_for(operator).post(page, {"statement": "It was delivered."})
    assert (answer.status_code, 'role="alert"' in answer.text) == (200, True)
    dispute.refresh_from_db()
    assert dispute.evidence_sent_at is None
    assert ("Nothing was sent" in answer.text) == (kind in {"400", "404"})
