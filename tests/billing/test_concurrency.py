"""Many at once, on real connections: nobody gets what is not there, and nothing is done twice."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import ApiToken, Workspace
from billing import ledger
from billing.errors import InsufficientCredits, SpendingCapReached, TokenCapReached, TooManyCheckouts
from billing.fraud import card_testing
from billing.ledger import balance, caps, clients
from billing.ledger.balance import Balance
from billing.models import CapKind, CapPeriod, Purchase, Refund
from billing.models.ledger import Hold
from billing.purchases import checkout, fulfillment
from billing.refunds import refund
from tests.support.figures import figure

TRIES = int(os.environ.get("MONEY_TRIES", "2000"))
pytestmark = pytest.mark.django_db(transaction=True)


def together(work, jobs, clients):
    """What `work` answers for each job, or the refusal that it raised."""

    def one(job):
        try:
            return work(job)
        except (InsufficientCredits, SpendingCapReached, TokenCapReached, TooManyCheckouts) as refused:
            return refused

    with ThreadPoolExecutor(clients, initializer=connection.ensure_connection) as pool:
        answers = list(pool.map(one, jobs))
        for _ in pool.map(lambda _: connection.close(), range(clients * 4)):
            pass
    return answers


def test_sixty_four_clients_spend_a_thousand_credits_and_not_one_more(workspace, fund):
    fund(workspace, 1_000)
    took = []

    def spend(number):
        began = time.perf_counter()
        try:
            return ledger.hold(workspace, 1, reference=f"generation:{number}")
        finally:
            took.append(time.perf_counter() - began)

    answers = together(spend, range(TRIES), 64)
    assert sum(isinstance(answer, InsufficientCredits) for answer in answers) == TRIES - 1_000
    figure(
        f"64 clients, {TRIES:,} tries on 1,000 credits: {TRIES - 1_000:,} refused, "
        f"p99 {1_000 * sorted(took)[len(took) * 99 // 100]:.0f} ms"
    )
    assert balance.for_workspace(workspace) == Balance(held=1_000)
    assert Hold.objects.count() == 1_000


def test_a_tokens_cap_is_exact(workspace, fund, token: ApiToken):
    fund(workspace, 1_000)
    answers = together(
        lambda n: ledger.hold(workspace, 1, reference=f"generation:{n}", token=token), range(100), 16
    )
    assert sum(isinstance(answer, TokenCapReached) for answer in answers) == 90
    assert balance.for_workspace(workspace) == Balance(available=990, held=10)


def test_a_daily_cap_is_exact_and_so_is_the_next_days(workspace, fund, token: ApiToken):
    fund(workspace, 100)
    caps.set_cap(workspace, CapKind.TOKEN, token.pk, CapPeriod.DAY, 5)
    token.credit_cap = None
    token.save()
    for day, at in enumerate((None, timezone.now() + timedelta(days=1))):
        answers = together(
            lambda n, day=day, at=at: ledger.hold(
                workspace, 1, reference=f"generation:{day}:{n}", token=token, at=at
            ),
            range(20),
            16,
        )
        assert sum(isinstance(answer, SpendingCapReached) for answer in answers) == 15
    assert balance.for_workspace(workspace) == Balance(available=90, held=10)


def test_credits_cross_both_ways_at_once_and_none_is_lost(workspace, fund):
    fund(workspace, 100)
    client = Workspace.objects.create(name="C", slug="c", parent=workspace)
    clients.fund(client, 50, key="begin")

    def move(number):
        way = clients.fund if number % 2 else clients.withdraw
        return way(client, 1 + number % 3, key=f"move:{number}")

    moved = together(move, range(200), 16)
    there = balance.for_workspace(client).available
    came = sum(one for number, one in enumerate(moved) if number % 2 and isinstance(one, int))
    went = sum(one for number, one in enumerate(moved) if not number % 2 and isinstance(one, int))
    assert there == 50 + came - went
    assert balance.for_workspace(workspace) == Balance(available=100 - there)


def test_the_same_hold_asked_for_at_once_is_one(workspace, fund):
    fund(workspace, 100)
    answers = together(lambda _: ledger.hold(workspace, 4, reference="generation:1"), range(50), 16)
    assert len(set(answers)) == 1
    assert balance.for_workspace(workspace) == Balance(available=96, held=4)


def test_the_same_delivery_at_once_is_charged_once(workspace, fund):
    fund(workspace, 100)
    ledger.hold(workspace, 4, reference="generation:1")
    answers = together(lambda _: ledger.capture("generation:1", 1, key="c", about="image:0"), range(50), 16)
    assert sorted(answers) == [False] * 49 + [True]
    assert balance.for_workspace(workspace) == Balance(available=96, held=3)


def test_delivering_and_giving_back_at_once_never_exceed_the_hold(workspace, fund):
    fund(workspace, 100)
    ledger.hold(workspace, 20, reference="generation:1")
    verbs = (
        lambda n: ledger.capture("generation:1", 1, key=f"c{n}", about=f"image:{n}"),
        lambda n: ledger.release("generation:1", 1, key=f"r{n}", about=f"image:{n}"),
    )
    together(lambda n: verbs[n % 2](n), range(20), 16)
    assert balance.for_workspace(workspace) == Balance(available=90)


def test_what_operators_take_away_at_once_is_never_more_than_there_is(workspace, fund):
    fund(workspace, 10)
    answers = together(
        lambda n: ledger.adjust(workspace, -1, key=f"a{n}", reason="", actor=None), range(40), 16
    )
    assert sum(isinstance(answer, InsufficientCredits) for answer in answers) == 30
    assert balance.for_workspace(workspace) == Balance()


def test_what_is_taken_back_at_once_becomes_a_debt_where_nothing_is_left(workspace, fund):
    fund(workspace, 10)
    together(lambda n: ledger.reverse(workspace, 1, key=f"re{n}", reference="x", reason=""), range(40), 16)
    assert balance.for_workspace(workspace) == Balance(debt=30)
    together(lambda n: ledger.grant(workspace, 1, key=f"g{n}", reference="x"), range(40), 16)
    assert balance.for_workspace(workspace) == Balance(available=10)


def test_a_dispute_opened_many_times_at_once_freezes_once(workspace, fund):
    fund(workspace, 10)
    answers = together(lambda _: ledger.freeze(workspace, 4, reference="dispute:1", reason=""), range(16), 16)
    assert answers == [4] * 16
    assert balance.for_workspace(workspace) == Balance(available=6, held=4)


def test_a_first_credit_given_at_once_makes_one_wallet(workspace):
    answers = together(
        lambda _: ledger.grant(workspace, 5, key="signup:a", reference="user:a"), range(16), 16
    )
    assert sorted(answers) == [False] * 15 + [True]
    assert balance.for_workspace(workspace) == Balance(available=5)


def test_the_return_page_opened_fifty_times_credits_once(buy, workspace):
    purchase = buy()
    together(lambda _: fulfillment.fulfill(purchase.checkout_session), range(50), 8)
    assert balance.for_workspace(workspace) == Balance(available=400)


def test_the_same_click_at_once_is_one_purchase(workspace, alice, stripe):
    answers = together(
        lambda _: checkout.start(workspace, "starter", user=alice, request_key="k").checkout_session,
        range(12),
        6,
    )
    assert len(set(answers)) == 1
    assert Purchase.objects.count() == 1


def test_trying_cards_is_limited_exactly(workspace, alice, stripe):
    answers = together(lambda _: checkout.start(workspace, "starter", user=alice), range(20), 8)
    assert sum(isinstance(answer, TooManyCheckouts) for answer in answers) == 15
    assert Purchase.objects.count() == card_testing.UNPAID_AT_MOST


def test_two_operators_refund_at_once_and_pay_back_no_more_than_was_paid(bought, operator, workspace, stripe):
    purchase = bought()

    def pay_back(_):
        try:
            return refund.refund(purchase, amount=400, reason="Goodwill", actor=operator)
        except refund.RefundRefused:
            return None

    answers = together(pay_back, range(6), 6)
    assert sum(answer is not None for answer in answers) == 2
    assert balance.for_workspace(workspace) == Balance(available=80)
    assert Refund.objects.count() == 2
