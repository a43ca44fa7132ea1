from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User, Workspace
from accounts.welcome import welcome as verified
from billing import balance, welcome
from billing.balance import Balance
from billing.models import WelcomeGift


def somebody(number):
    user = User.objects.create_user(f"p{number}@example.com")
    return user, Workspace.objects.create(name=f"W{number}", slug=f"w{number}")


def test_a_verified_person_gets_five_credits_once(db):
    user = User.objects.create_user("new@example.com")
    assert verified(user)
    workspace = user.memberships.get().workspace
    assert balance.of(workspace) == Balance(available=5)
    verified(user)
    assert balance.of(workspace) == Balance(available=5)


def test_another_spelling_of_the_mailbox_gets_nothing_more(workspace, other_workspace, alice, charlie):
    assert welcome.welcome(alice, workspace, "same@gmail.com")
    assert not welcome.welcome(charlie, other_workspace, "same@gmail.com")
    assert balance.of(other_workspace) == Balance()


def test_a_throw_away_mailbox_gets_nothing(workspace, alice):
    assert not welcome.welcome(alice, workspace, "x@mailinator.com")
    assert balance.of(workspace) == Balance()


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
    monkeypatch.setattr(welcome, "FROM_ONE_NETWORK", 1)
    given = [
        welcome.welcome(*somebody(n), f"p{n}@example.com", address) for n, address in enumerate((one, other))
    ]
    assert given == [True, not together]


def test_a_day_later_the_network_gets_its_share_again(db, monkeypatch):
    monkeypatch.setattr(welcome, "FROM_ONE_NETWORK", 1)
    assert welcome.welcome(*somebody(1), "p1@example.com", "93.184.216.1")
    WelcomeGift.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert welcome.welcome(*somebody(2), "p2@example.com", "93.184.216.1")


@pytest.mark.django_db(transaction=True)
def test_the_houses_budget_is_exact_when_many_come_at_once(monkeypatch):
    monkeypatch.setattr(welcome, "A_DAY", 5 * 7)
    people = [somebody(number) for number in range(24)]

    def come(number):
        try:
            return welcome.welcome(*people[number], f"p{number}@example.com", None)
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
            return welcome.welcome(*people[number], "same@example.com", None)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(come, range(8))) == 1
