"""An account that is paid out in another currency, and disputes in another one: no cent is taken for one of ours."""

import dataclasses
import io

import pytest
from django.core.management import CommandError, call_command

from billing.ledger.balance import Balance
from billing.models import Dispute, Purchase, StripeTrouble
from billing.purchases import receipts
from billing.reconciliation import run
from billing.refunds import refund
from config.doctor import money
from config.doctor.findings import State
from tests.billing.stripe_events import deliver_all

pytestmark = pytest.mark.django_db
TOLD = (
    "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
    "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
)  # fmt: skip
ALL = Balance(available=400)


@pytest.fixture
def euros(habits):
    habits(settlement="eur", rate=0.9173)


@pytest.fixture
def disputed(bought, stripe):
    """Buy and dispute it; the id of the dispute."""

    def go(**more):
        made = stripe.do("disputes", payment_intent=bought().payment_intent, **more)
        tell(stripe)
        return made["id"]

    return go


def tell(stripe):
    deliver_all(stripe.events(*TOLD))


def test_a_fee_in_euros_is_no_fee_in_dollars(euros, bought, stripe):
    purchase = bought()
    receipts.complete(purchase.pk)
    purchase.refresh_from_db()
    assert (purchase.fee, purchase.receipt_sent_at is not None) == (None, True)
    assert StripeTrouble.objects.get().kind == "settlement"
    assert "eur" in StripeTrouble.objects.get().detail


def test_the_proof_says_so_once_and_adds_up_no_two_currencies(euros, bought, disputed, operator, stripe):
    disputed()
    refund.refund(bought(), credits=100, reason="Asked for", actor=operator)
    found = run.run()
    assert [line.partition(":")[0] for line in found.differences] == ["settlement"]
    assert "4 lines" in found.differences[0]
    assert set(Purchase.objects.values_list("fee", flat=True)) == {None}
    assert Dispute.objects.get().fee is None
    assert found.counts["fee cents, eur"] > 0
    assert "fee cents" not in found.counts
    assert found.counts["held cents, eur"] != 0
    stripe.do("balance", amount=-1)
    assert any(line.startswith("balance held: ") for line in run.run().differences)


def test_lines_in_both_currencies_are_told_apart(habits, bought):
    first = bought()
    habits(settlement="eur")
    bought()
    found = run.run()
    assert [line.partition(":")[0] for line in found.differences] == ["settlement"]
    first.refresh_from_db()
    assert first.fee == 59
    assert {found.counts["fee cents"], found.counts["fee cents, eur"]} == {59, 54}


@pytest.mark.parametrize(
    ("opened", "outcomes", "left"),
    [
        ({}, (), Balance(held=400)),
        ({}, ("lose",), Balance()),
        ({}, ("win",), ALL),
        ({}, ("lose", "win"), ALL),
        ({"amount": 250}, ("lose",), Balance(available=300)),
        ({"status": "prevented"}, (), Balance()),
        ({"status": "prevented", "withdrawn": False}, (), ALL),
    ],
)
def test_credits_follow_the_money_at_the_rate_of_the_day(
    euros, disputed, stripe, have, opened, outcomes, left
):
    name = disputed(**opened)
    for outcome in outcomes:
        stripe.do("habits", rate=0.8811)
        stripe.do(f"disputes/{name}/{outcome}")
        tell(stripe)
    assert have() == left
    assert [line for line in run.run().differences if not line.startswith("settlement")] == []


@pytest.mark.parametrize(
    ("outcomes", "left"), [(("lose",), Balance()), (("win",), ALL), (("lose", "win"), ALL)]
)
def test_a_dispute_in_another_currency_follows_lines_in_ours(habits, disputed, stripe, have, outcomes, left):
    """The bank counts in yen what was paid in dollars: its 1,490 are not $14.90."""
    habits(rate=0.67114)
    name = disputed(currency="jpy", amount=1_490)
    assert have() == Balance(held=400)
    for outcome in outcomes:
        stripe.do(f"disputes/{name}/{outcome}")
        tell(stripe)
    row = Dispute.objects.get()
    assert (row.currency, row.amount, have()) == ("jpy", 1_490, left)


def test_one_without_lines_in_ours_waits_for_a_person(euros, disputed, stripe, have, operator, client_for):
    name = disputed(currency="jpy", amount=1_490)
    stripe.do(f"disputes/{name}/lose")
    tell(stripe)
    assert have() == Balance()
    assert any(line.startswith("review: dispute ") for line in run.run().differences)
    page = client_for(operator, proven=True).get(f"/admin/billing/dispute/{Dispute.objects.get().pk}/change/")
    assert "another currency than its payment" in page.text
    assert "JPY\N{NO-BREAK SPACE}1,490" in page.text


def test_the_command_asks_in_what_the_account_is_paid_out(habits, stripe, settings):
    settings.BASE_URL = "https://images.example"
    call_command("stripe_endpoint", "--fix", stdout=io.StringIO())
    habits(settlement="eur")
    with pytest.raises(CommandError, match=r"paid out in EUR.*bank account in USD"):
        call_command("stripe_endpoint", stdout=io.StringIO())


def test_the_doctor_does_so_too(habits, settings):
    settings.ENV = dataclasses.replace(settings.ENV, stripe_secret_key=settings.STRIPE_SECRET_KEY)
    assert money.key().state == State.OK
    habits(settlement="eur")
    found = money.key()
    assert (found.state, "paid out in EUR" in found.sentence, "bank account in USD" in found.cure) == (
        State.FAULT,
        True,
        True,
    )
