import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.billing.ledger import machine
from tests.support.depth import runs
from tests.support.figures import figure

STEPS = int(os.environ.get("MONEY_STEPS", "40"))


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("examples", runs("MONEY_EXAMPLES", 40, 200))
def test_money_is_what_came_in_less_what_went_out(db, examples):
    """`MONEY_EXAMPLES=2000 MONEY_STEPS=60` is the long run."""
    machine.prepare()
    try:
        run_state_machine_as_test(
            machine.Money,
            settings=settings(
                max_examples=examples,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
            ),
        )
    finally:
        machine.forget()
    figure(f"{examples} runs of {STEPS} steps: {machine.told()}")
