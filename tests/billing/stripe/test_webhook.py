"""What is not Stripe's own changes nothing, stores nothing and breaks nothing."""

import json
import random
import time

import pytest
from django.db import connection
from django.test import Client, override_settings
from djstripe.models import Event, WebhookEndpoint, WebhookEventTrigger

from billing.ledger import balance
from billing.ledger.balance import Balance
from billing.models import Purchase
from billing.models.ledger import Transfer
from billing.stripe import webhook_endpoint
from tests.billing.stripe_events import deliver, signed
from tests.support.depth import runs

DAY = 86_400
FORGERIES = runs("MONEY_FORGERIES", 60, 300)
"""Damaged events tried, drawn anew each time."""


@pytest.fixture
def completed(buy, stripe):
    """The event of a purchase that was paid and not credited yet."""
    buy()
    return stripe.events("checkout.session.completed")[0]


def post(body, header=None, **headers):
    headers = {key.replace("_", "-"): value for key, value in headers.items()}
    if header is not None:
        headers["Stripe-Signature"] = header
    return Client(raise_request_exception=False).post(
        webhook_endpoint.PATH, body, content_type="application/json", headers=headers
    )


def forgeries(event):
    """Name, body and signature header of what others might send."""
    body = json.dumps(event).encode()
    now = time.time()
    other = json.dumps({**event, "account": "acct_other"}).encode()
    live = json.dumps({**event, "livemode": True}).encode()
    good = signed(body)
    return {
        "another secret": (body, signed(body, secret="whsec_" + "x" * 32)),
        "an empty secret": (body, signed(body, secret="")),
        "no header": (body, None),
        "an empty header": (body, ""),
        "a header without a signature": (body, "t=1"),
        "a header without a time": (body, "v1=abc"),
        "a header of nonsense": (body, "=,=,t=,v1=,,\xff"),
        "a signature that is not ASCII": (body, good.replace("v1=", "v1=\xff")),
        "a time that is no number": (body, "t=soon,v1=abc"),
        "an endless time": (body, f"t={'9' * 5000},v1=abc"),
        "too old": (body, signed(body, at=now - 302)),
        "far in the future": (body, signed(body, at=now + 10 * 365 * DAY)),
        "five minutes in the future": (body, signed(body, at=now + 310)),
        "the body changed": (body.replace(b'"usd"', b'"eur"'), good),
        "the old scheme": (body, good.replace("v1=", "v0=")),
        "not text": (b"\xff\xfe\x00", signed(b"\xff\xfe\x00")),
        "ten megabytes": (b" " * 10_000_000, good),
        "signed, but empty": (b"", signed(b"")),
        "signed, but not JSON": (b"{", signed(b"{")),
        "signed, but a list": (b"[]", signed(b"[]")),
        "signed, but no event": (b'{"id": "evt_1"}', signed(b'{"id": "evt_1"}')),
        "signed, for another account": (other, signed(other)),
        "signed, with real money": (live, signed(live)),
    }


NAMES = list(forgeries({"id": "evt_1"}))


@pytest.mark.parametrize("name", NAMES)
def test_a_forgery_is_turned_away_and_leaves_no_trace(completed, workspace, name):
    body, header = forgeries(completed)[name]
    answer = post(body, header)
    assert 400 <= answer.status_code < 500
    assert not WebhookEventTrigger.objects.exists()
    assert not Event.objects.exists()
    assert balance.for_workspace(workspace) == Balance()


@override_settings(STRIPE_WEBHOOK_SECRET="")
def test_without_a_secret_nothing_is_believed(completed, workspace):
    body = json.dumps(completed).encode()
    assert post(body, signed(body, secret="")).status_code == 400
    assert balance.for_workspace(workspace) == Balance()


def test_a_sender_can_not_choose_the_secret_even_while_debugging(completed, workspace, settings):
    settings.DEBUG = True
    body = json.dumps(completed).encode()
    answer = post(body, signed(body, secret="whsec_mine"), x_djstripe_webhook_secret="whsec_mine")
    assert answer.status_code == 400
    assert balance.for_workspace(workspace) == Balance()


def test_checking_switched_off_in_the_database_is_switched_on_again(completed, workspace):
    webhook_endpoint.ensure()
    WebhookEndpoint.objects.update(
        djstripe_validation_method="none", djstripe_tolerance=0, secret="whsec_weak"
    )
    body = json.dumps(completed).encode()
    assert post(body, signed(body, secret="whsec_weak")).status_code == 400
    assert deliver(completed).status_code == 200
    row = WebhookEndpoint.objects.get()
    assert (row.djstripe_validation_method, row.djstripe_tolerance) == ("verify_signature", 300)


def test_another_endpoints_address_is_not_found(completed):
    path = webhook_endpoint.PATH.replace("7b1a", "0000")
    assert Client().post(path, b"{}", content_type="application/json").status_code == 404
    assert Client().get(webhook_endpoint.PATH).status_code == 405


@pytest.mark.parametrize(
    "forwarded",
    ["unknown", "1.2.3.4, 5.6.7.8", "'; DROP TABLE", "", "::1", "a" * 4000, "[::1]:80", "1.2.3.4:99999"],
)
def test_a_true_event_is_taken_whatever_a_proxy_says_of_its_sender(completed, workspace, forwarded):
    body = json.dumps(completed).encode()
    assert post(body, signed(body), X_Forwarded_For=forwarded).status_code == 200
    assert balance.for_workspace(workspace) == Balance(available=400)


@pytest.mark.parametrize("count", FORGERIES)
def test_random_bytes_never_break_it(completed, workspace, count):
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    body = json.dumps(completed).encode()
    good = signed(body)
    for _ in range(count):
        changed = bytearray(body if rng.random() < 0.5 else good.encode())
        for _ in range(rng.randint(1, 5)):
            changed[rng.randrange(len(changed))] = rng.randrange(32, 256)
        if len(changed) == len(body):
            answer = post(bytes(changed), good)
        else:
            answer = post(body, changed.decode("latin-1"))
        assert answer.status_code in {200, 400}, f"seed {seed}"
    assert Transfer.objects.filter(workspace=workspace).count() <= 1


def test_when_a_paid_purchase_can_not_be_credited_stripe_comes_again(completed, workspace):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_wallet ADD CONSTRAINT broken CHECK (available < 100)")
    assert deliver(completed).status_code == 500
    assert Purchase.objects.get().status == Purchase.Status.PENDING
    assert not Event.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_wallet DROP CONSTRAINT broken")
    assert deliver(completed).status_code == 200
    assert balance.for_workspace(workspace) == Balance(available=400)
