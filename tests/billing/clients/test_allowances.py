"""Allowances: on the first of a month each wallet is filled, at most to its number, as far as the partner's reaches."""

import datetime as dt

import pytest
from django.core import mail

from billing import ledger
from billing.clients import allowances, clients
from billing.ledger import balance
from tests.support import letters

DECEMBER = dt.datetime(2026, 12, 1, 0, 5, tzinfo=dt.UTC)
JANUARY = dt.datetime(2027, 1, 1, 0, 5, tzinfo=dt.UTC)


@pytest.fixture
def make(workspace, alice):
    def go(allowance, name="Kiosk"):
        return clients.create(workspace, name, monthly_allowance=allowance, by=alice)

    return go


def has(client):
    return balance.for_workspace(client.workspace).available


def test_a_wallet_is_filled_to_the_number_once_a_month(workspace, fund, make):
    fund(workspace, 100)
    client = make(30)
    assert (allowances.fill(DECEMBER), allowances.fill(DECEMBER)) == (1, 0)
    assert has(client) == 30
    ledger.hold(client.workspace, 10, reference="generation:1")
    ledger.capture("generation:1", 10, key="c", about="image:1")
    assert allowances.fill(JANUARY) == 1
    assert (has(client), balance.for_workspace(workspace).available) == (30, 60)


def test_what_is_held_counts_as_there(workspace, fund, make):
    fund(workspace, 100)
    client = make(30)
    clients.fund(client, 30, key="f")
    ledger.hold(client.workspace, 10, reference="generation:1")
    allowances.fill(DECEMBER)
    assert has(client) == 20


def test_where_it_does_not_reach_the_smallest_come_first_and_the_owner_is_told_once(workspace, fund, make):
    fund(workspace, 35)
    large, small = make(30, "Large"), make(10, "Small")
    assert allowances.fill(DECEMBER) == 1
    assert (has(small), has(large)) == (10, 0)
    allowances.fill(DECEMBER)
    letters.deliver()
    assert [letter.subject for letter in mail.outbox] == [
        f"Allowances of clients of {workspace.name} wait for credits"
    ]
    fund(workspace, 5)
    assert allowances.fill(DECEMBER) == 1
    assert has(large) == 30


def test_a_partner_without_credits_keeps_no_other_waiting(workspace, other_workspace, fund, make, charlie):
    make(30)
    fund(other_workspace, 50)
    theirs = clients.create(other_workspace, "Theirs", monthly_allowance=20, by=charlie)
    assert allowances.fill(DECEMBER) == 1
    assert has(theirs) == 20


def test_a_suspended_or_closed_client_gets_none(workspace, fund, make, alice):
    fund(workspace, 100)
    suspended, closed = make(10, "A"), make(10, "B")
    clients.suspend(suspended, by=alice)
    clients.close(closed, by=alice)
    assert allowances.fill(DECEMBER) == 0
    clients.resume(suspended, by=alice)
    assert allowances.fill(DECEMBER) == 1
