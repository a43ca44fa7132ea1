"""The webhook of a running web process, by plain HTTP: forged by the thousand, and the same news a hundred times at once."""

import json
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from djstripe.models import Event, WebhookEventTrigger

from billing import ledger
from billing.ledger import balance
from billing.ledger.balance import Balance
from billing.models import Dispute, Refund
from billing.models.ledger import Transfer
from billing.reconciliation.invariants import violations
from billing.stripe import webhook_endpoint
from tests.billing.stripe.test_webhook import forgeries
from tests.billing.stripe_events import deliver_all, signed
from tests.support import database
from tests.support.depth import runs
from tests.support.figures import figure
from tests.support.processes import serving

FORGERIES = runs("MONEY_FORGERIES", 60, 300)
AT_ONCE = 32
TRIES = 5
ALONE = {"ten megabytes", "five minutes in the future"}
"""Forgeries that are tried one by one: long ones, and those that the clock makes valid while thousands are sent."""
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("webhook by http"),
]


@pytest.fixture(scope="module")
def site(django_db_setup: None) -> Iterator[str]:
    with serving(database.url()) as one:
        yield one


@pytest.fixture
def post(site):
    """Send a body with a header of ours, or none: the status."""
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    with httpx.Client(base_url=site, trust_env=False, timeout=60, limits=limits) as client:

        def send(body, header=None):
            headers = {b"content-type": b"application/json"}
            if header is not None:
                headers[b"stripe-signature"] = header.encode("latin-1", "replace")
            return client.post(webhook_endpoint.PATH, content=body, headers=headers).status_code

        yield send


@pytest.fixture
def completed(buy, stripe):
    """The event of a purchase that was paid and not credited yet."""
    buy()
    return stripe.events("checkout.session.completed")[0]


def stored():
    return WebhookEventTrigger.objects.count(), Event.objects.count(), Transfer.objects.count()


def damaged(rng, kinds):
    """One of the kinds of forgery, and a bit of it changed at random where that leaves it forged."""
    name = rng.choice(list(kinds))
    body, header = kinds[name]
    if header and not name.startswith(("signed", "the old scheme")):
        spot = rng.randrange(len(header))
        header = (header[:spot] + rng.choice("0123456789abcdef,=tv \t;") + header[spot + 1 :]).strip()
    if body and not name.startswith("signed") and rng.random() < 0.5:
        spot = rng.randrange(len(body))
        body = body[:spot] + bytes([rng.randrange(256)]) + body[spot + 1 :]
    return name, body, header


@pytest.mark.parametrize("count", FORGERIES)
def test_forgeries_are_turned_away_however_many(post, completed, workspace, count):
    seed = random.randrange(2**32)
    kinds = {name: made for name, made in forgeries(completed).items() if name not in ALONE}
    sent = [damaged(rng, kinds) for rng in [random.Random(seed)] for _ in range(count)]
    before, began = stored(), time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = list(pool.map(lambda one: post(*one[1:]), sent))
    taken = [name for (name, _, _), status in zip(sent, statuses, strict=True) if not 400 <= status < 500]
    assert taken == [], f"seed {seed}"
    assert stored() == before
    assert balance.for_workspace(workspace) == Balance()
    figure(f"{len(sent)} forged webhooks in {time.monotonic() - began:.0f} s: no grant, no 500, no row")


def test_what_is_forged_unsigned_old_or_too_long_changes_nothing_and_the_true_one_counts_once(
    post, completed, workspace
):
    body, now = json.dumps(completed).encode(), time.time()
    assert post(body, signed(body, secret="whsec_" + "x" * 32)) == 400
    assert post(body) == 400
    assert post(body, signed(body, at=now - 302)) == 400
    assert post(b" " * 10_000_000, signed(b"")) == 413
    assert (balance.for_workspace(workspace), stored()) == (Balance(), (0, 0, 0))
    assert [post(body, signed(body)) for _ in range(3)] == [200] * 3
    assert balance.for_workspace(workspace) == Balance(available=400)
    other = json.dumps({**completed, "id": "evt_other"}).encode()
    assert post(other, signed(other)) == 200
    assert balance.for_workspace(workspace) == Balance(available=400)
    assert Transfer.objects.count() == 1


@pytest.fixture
def news(bought, buy, stripe, workspace):
    """For each kind: the event, and the balance that it has to lead to."""

    def paid():
        buy()
        return stripe.events("checkout.session.completed")[0], Balance(available=400)

    def refunded():
        purchase = bought()
        ledger.hold(workspace, 300, reference="generation:1")
        stripe.post("refunds", payment_intent=purchase.payment_intent, amount=500)
        return stripe.events("refund.created")[0], Balance(held=300, debt=100)

    def disputed():
        stripe.do("disputes", payment_intent=bought().payment_intent)
        return stripe.events("charge.dispute.created")[0], Balance(held=400)

    def lost():
        disputed()
        deliver_all(stripe.events("charge.dispute.created"))
        stripe.do(f"disputes/{Dispute.objects.get().stripe_id}/lose")
        return stripe.events("charge.dispute.closed")[0], Balance()

    return {"paid": paid, "refunded": refunded, "disputed": disputed, "lost": lost}


@pytest.mark.parametrize(
    "kind",
    ["paid", *(pytest.param(kind, marks=pytest.mark.proof) for kind in ("refunded", "disputed", "lost"))],
)
def test_a_hundred_deliveries_at_once_have_one_effect(post, news, workspace, kind):
    """Each second one is the same event, the others have ids of their own."""
    event, wanted = news[kind]()
    failed = []

    def carry(number):
        body = json.dumps({**event, "id": f"evt_{number}"} if number % 2 else event).encode()
        for _ in range(TRIES):  # a 500 says that it could not be done now: Stripe comes again, and so do we
            if (status := post(body, signed(body))) != 500:
                break
            failed.append(number)
        return status

    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = list(pool.map(carry, range(100)))
    assert statuses == [200] * 100
    why = WebhookEventTrigger.objects.exclude(exception="").values_list("exception", flat=True)
    assert len(why) == len(failed), "each 500 has a reason that is kept"
    assert [words for words in why if "Read timed out" not in words] == [], "only Stripe's silence is one"
    figure(f"{kind}: 100 at once, {len(failed)} x 500")
    assert balance.for_workspace(workspace) == wanted
    assert (Refund.objects.count(), Dispute.objects.count()) == (
        kind == "refunded",
        kind in {"disputed", "lost"},
    )
    assert violations() == []
