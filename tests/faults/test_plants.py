"""As many differences as reconcile knows kinds, all at once: it prints one line for each, and nothing else."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billing.reconciliation import run
from generation.catalog import cache
from tests.faults.garden import Garden
from tests.faults.plants import plants, wrong


@pytest.mark.slow
def test_each_planted_difference_is_one_line(workspace, alice, twin, settings):
    cache.invalidate()
    planted = plants(Garden(workspace, alice))
    assert run.run().differences == []
    for _, plant in planted:
        plant()
    out = StringIO()
    with pytest.raises(CommandError, match="differences; compared"):
        call_command("reconcile", stdout=out)
    lines = out.getvalue().splitlines()
    assert wrong(lines, planted) == [], lines
    assert wrong([*lines, "fee missing: of nothing that was planted"], planted) != []
    assert wrong([re.sub(r"leave (\d+)", r"leave 1\1", line) for line in lines], planted) != []
    assert len(planted) >= 20
    assert len({kind for kind, _ in planted}) >= 20
