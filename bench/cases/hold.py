"""`billing.ledger.hold` from 16 threads of one process, beside pgbench writing the same rows as plain SQL."""

import random
import uuid
from pathlib import Path

from accounts.models import Workspace
from bench import crowd, load
from bench.figures import Figure, beside
from billing import ledger

SCRIPT = Path(__file__).parents[1] / "sql" / "hold.sql"
BAR = 0.60


def measure() -> list[Figure]:
    many = crowd.workspaces()
    return [
        _figure("hold_vs_pgbench", many),
        _figure("hold_hot_vs_pgbench", many[:1]),
    ]


def _figure(name: str, workspaces: list[Workspace]) -> Figure:
    def hold(_thread: int) -> None:
        ledger.hold(random.choice(workspaces), 1, reference=f"bench:{uuid.uuid4()}")

    found = beside(
        lambda: load.of_threads(hold),
        lambda: load.of_pgbench(SCRIPT, workspaces=len(workspaces)),
        load.rounds(),
    )
    return Figure(
        name, found.ratio, "of pgbench", f"{found.ours:,.0f} holds/s", found.anchor, "pgbench tx/s", BAR
    )
