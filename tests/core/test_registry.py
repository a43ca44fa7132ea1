import pytest

from billing.disputes import deliveries
from billing.ledger import descriptions
from billing.plans import net
from billing.reconciliation import invariants, run
from core import mail
from core.registry import Registry


def test_an_entry_is_found_by_its_name_and_in_its_order():
    numbers = Registry[int]("number")
    numbers.register("two", 2)
    numbers.register("one", 1)
    assert numbers["one"] == 1
    assert list(numbers.entries) == ["two", "one"]


def test_a_name_that_is_taken_is_refused():
    numbers = Registry[int]("number")
    numbers.register("one", 1)
    with pytest.raises(ValueError, match="a number called 'one'"):
        numbers.register("one", 11)
    assert numbers["one"] == 1


def test_every_app_has_added_what_it_knows():
    assert set(descriptions.describers.entries) == {"purchase", "dispute", "generation", "batch"}
    assert set(deliveries.describers.entries) == {"image"}
    assert set(invariants.queries.entries) == {"ledger", "generation"}
    assert set(run.checks.entries) == {"storage", "closed days"}
    assert set(net.checks.entries) == {"images"}
    assert set(mail.writers.entries) == {
        "accounts.leaked_token",
        "accounts.notice",
        "api.webhook_disabled",
        "api.webhook_fails",
        "billing.allowances_short",
        "billing.cap_alert",
        "billing.low",
        "billing.receipt",
        "billing.refund",
        "billing.refund_failed",
        "billing.stripe_trouble",
        "billing.top_up_paused",
        "generation.appeal",
        "generation.unstored",
        "generation.cost_drift",
        "generation.denied",
        "generation.end_announced",
        "generation.ending",
        "generation.gone",
        "generation.orphans",
        "generation.stopped",
        "generation.swapped",
    }
