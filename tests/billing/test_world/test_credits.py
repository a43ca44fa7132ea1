"""Test credits: a thousand at a time, to whoever asks, and never twice for one need."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from billing import ledger
from billing.errors import OnlyInTestWorld
from billing.ledger import balance, test_credits
from billing.models.ledger import Transfer


def spend(world, credits, name):
    ledger.hold(world, credits, reference=name)
    ledger.capture(name, credits, key=f"{name}:0", about=name)


def test_a_full_world_gets_nothing(world):
    assert not test_credits.refill(world)
    assert balance.for_workspace(world).available == 1_000


def test_a_world_with_less_than_a_thousand_gets_a_thousand(world):
    for number in (2, 3):
        spend(world, 600, f"order:{number}")
        assert test_credits.refill(world)
        assert Transfer.objects.filter(key=f"test:{world.pk}:{number}").exists()
        assert not test_credits.refill(world)
    assert balance.for_workspace(world).available == 1_800


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_it_once(world):
    spend(world, 1, "order:1")

    def one(_):
        try:
            return test_credits.refill(world)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(one, range(16))) == 1
    assert balance.for_workspace(world).available == 1_999


def test_a_live_workspace_is_refused(workspace):
    with pytest.raises(OnlyInTestWorld):
        test_credits.refill(workspace)
    assert not Transfer.objects.exists()
