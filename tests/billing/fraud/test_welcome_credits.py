import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from disposable_email_domains import blocklist
from django.db import connection
from django.utils import timezone

from accounts.auth.verification import set_up_user as verified
from accounts.models import User, Workspace
from billing.fraud import welcome_credits
from billing.ledger import balance
from billing.ledger.balance import Balance
from billing.models import WelcomeGift


def somebody(number):
    user = User.objects.create_user(f"p{number}@example.com")
    return user, Workspace.objects.create(name=f"W{number}", slug=f"w{number}")


def test_a_verified_person_gets_five_credits_once(db):
    user = User.objects.create_user("new@example.com")
    assert verified(user)
    workspace = user.memberships.get().workspace
    assert balance.for_workspace(workspace) == Balance(available=5)
    verified(user)
    assert balance.for_workspace(workspace) == Balance(available=5)


def test_another_spelling_of_the_mailbox_gets_nothing_more(workspace, other_workspace, alice, charlie):
    assert welcome_credits.grant_welcome_credits(alice, workspace, "same@gmail.com")
    assert not welcome_credits.grant_welcome_credits(charlie, other_workspace, "same@gmail.com")
    assert balance.for_workspace(other_workspace) == Balance()


def test_a_throw_away_mailbox_gets_nothing(workspace, alice):
    assert not welcome_credits.grant_welcome_credits(alice, workspace, "x@mailinator.com")
    assert balance.for_workspace(workspace) == Balance()


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("93.184.216.1", "93.184.216.200", True),
        ("93.184.216.1", "93.184.217.1", False),
        ("2a00:1450:4001:81b::1", "2a00:1450:4001:81b:ffff::2", True),
        ("127.0.0.1", "127.0.0.1", False),
        ("10.0.0.1", "10.0.0.1", False),
        (None, None, False),
        ("nonsense", "nonsense", False),
    ],
)
def test_one_network_gets_its_share(db, monkeypatch, one, other, together):
    monkeypatch.setattr(welcome_credits, "FROM_ONE_NETWORK", 1)
    given = [
        welcome_credits.grant_welcome_credits(*somebody(n), f"p{n}@example.com", address)
        for n, address in enumerate((one, other))
    ]
    assert given == [True, not together]


def test_a_day_later_the_network_gets_its_share_again(db, monkeypatch):
    monkeypatch.setattr(welcome_credits, "FROM_ONE_NETWORK", 1)
    assert welcome_credits.grant_welcome_credits(*somebody(1), "p1@example.com", "93.184.216.1")
    WelcomeGift.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert welcome_credits.grant_welcome_credits(*somebody(2), "p2@example.com", "93.184.216.1")


@pytest.mark.django_db(transaction=True)
def test_the_houses_budget_is_exact_when_many_come_at_once(monkeypatch):
    monkeypatch.setattr(welcome_credits, "A_DAY", 5 * 7)
    people = [somebody(number) for number in range(24)]

    def come(number):
        try:
            return welcome_credits.grant_welcome_credits(*people[number], f"p{number}@example.com", None)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(come, range(24))) == 7
    assert WelcomeGift.objects.count() == 7


@pytest.mark.django_db(transaction=True)
def test_one_person_at_several_doors_at_once_gets_them_once():
    people = [somebody(number) for number in range(8)]

    def come(number):
        try:
            return welcome_credits.grant_welcome_credits(*people[number], "same@example.com", None)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(come, range(8))) == 1


def test_one_browser_gets_them_once_for_good(db):
    assert welcome_credits.grant_welcome_credits(*somebody(1), "p1@example.com", "93.184.216.1", "d" * 32)
    WelcomeGift.objects.update(created_at=timezone.now() - timedelta(days=300))
    assert not welcome_credits.grant_welcome_credits(*somebody(2), "p2@example.com", "8.8.8.8", "d" * 32)
    assert welcome_credits.grant_welcome_credits(*somebody(3), "p3@example.com", "8.8.8.8", "e" * 32)


@pytest.mark.django_db(transaction=True)
def test_a_browser_at_several_doors_at_once_gets_them_once():
    people = [somebody(number) for number in range(12)]

    def come(number):
        try:
            return welcome_credits.grant_welcome_credits(
                *people[number], f"p{number}@example.com", None, "d" * 32
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(come, range(12))) == 1


def test_whoever_has_a_whole_site_of_ipv6_gets_no_more_than_some_neighbours(db):
    given = [
        welcome_credits.grant_welcome_credits(*somebody(n), f"p{n}@example.com", f"2a00:1450:4001:{n:x}::1")
        for n in range(welcome_credits.FROM_ONE_SITE + 5)
    ]
    assert sum(given) == welcome_credits.FROM_ONE_SITE
    assert welcome_credits.grant_welcome_credits(*somebody(99), "p99@example.com", "2a00:1450:4002:1::1")


@pytest.mark.parametrize("mailbox", ["x@mailinator.com", "x@sub.mailinator.com", "x@a.b.mailinator.com"])
def test_domains_below_a_throw_away_one_get_nothing_either(workspace, alice, mailbox):
    assert not welcome_credits.grant_welcome_credits(alice, workspace, mailbox)
    assert not WelcomeGift.objects.exists()


FARMERS, NETWORKS, HONEST = 10_000, 500, 200


def test_ten_thousand_farmers_leave_the_honest_their_credits(db):
    """Disposable domains, domains below them, and every fortieth mailbox a clean one; each with a fresh browser.

    The farmers come first, all on one day, from 500 networks. One person and one workspace stand for all of them,
    so that it takes seconds: who somebody is plays no part in the limits.
    """
    user, workspace = somebody(0)
    listed = sorted(blocklist)
    chance = random.Random(7)

    def mailbox(number):
        domain = listed[chance.randrange(len(listed))]
        return f"f{number}@" + (f"clean{number}.example" if number % 40 == 0 else f"m{number}.{domain}")

    def address():
        place = chance.randrange(NETWORKS)
        return f"23.{place // 250}.{place % 250}.9"

    lost = sum(
        welcome_credits.grant_welcome_credits(user, workspace, mailbox(number), address(), f"f{number}")
        for number in range(FARMERS)
    )
    served = sum(
        welcome_credits.grant_welcome_credits(
            user, workspace, f"h{number}@honest.example", f"81.2.{number}.7", f"h{number}"
        )
        for number in range(HONEST)
    )
    assert FARMERS // 50 <= lost <= FARMERS // 40  # some of the clean ones sat too close together
    assert balance.for_workspace(workspace).available == (lost + served) * welcome_credits.CREDITS
    assert lost * welcome_credits.CREDITS <= welcome_credits.A_DAY
    assert served / HONEST >= 0.98


def test_farmers_with_clean_mailboxes_in_five_hundred_networks_leave_a_quarter_of_the_day():
    """Their worst day by the numbers alone: what the networks may have does not reach the house's budget."""
    assert (
        NETWORKS * welcome_credits.FROM_ONE_NETWORK * welcome_credits.CREDITS <= 0.75 * welcome_credits.A_DAY
    )
    assert HONEST * welcome_credits.CREDITS <= 0.25 * welcome_credits.A_DAY
