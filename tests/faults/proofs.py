"""`CHAOS=proofs make chaos`: the long versions of what the suite tries in part.

Each prints what it went through, and one line; what failed is told with its last words and counts as created.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from config.environment import ROOT
from tests.faults.chaos import results

LAST_WORDS = 60


@dataclass(frozen=True, slots=True)
class Proof:
    """Tests, and how long they shall go on."""

    name: str
    tests: tuple[str, ...]
    longer: dict[str, str] = field(default_factory=dict)


PROOFS = (
    Proof("all orders of news", ("tests/billing/purchases/test_event_order.py",), {"MONEY_ORDERS": "720"}),
    Proof("races", ("tests/billing/test_concurrency.py",), {"MONEY_TRIES": "5000"}),
    Proof(
        "webhooks",
        ("tests/billing/stripe/test_webhook_by_http.py", "tests/billing/stripe/test_webhook.py"),
        {"MONEY_FORGERIES": "10000"},
    ),
    Proof("kill points", ("tests/faults/test_kill_points.py",), {"KILL_POINTS": "0"}),
    Proof(
        "state machine",
        ("tests/billing/ledger/test_machine.py",),
        {"MONEY_EXAMPLES": "2000", "MONEY_STEPS": "60"},
    ),
)


def main() -> int:
    chosen = os.environ.get("CHAOS_PROOFS", "").split(",")
    failed = [
        proof.name for proof in PROOFS if (chosen == [""] or proof.name in chosen) and not _holds(proof)
    ]
    results.keep(created=len(failed))
    _say(f"proofs that failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


def _holds(proof: Proof) -> bool:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures"
        options = ("-n", "0", "-q", "-p", "no:cacheprovider", "--timeout", "3600", "--durations", "0")
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", *proof.tests, *options],
            cwd=ROOT, env={**os.environ, **proof.longer, "FIGURES": str(figures)},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        for line in figures.read_text().splitlines() if figures.exists() else []:
            _say(f"    {line}")
    last = ended.stdout.splitlines()[-LAST_WORDS:]
    if ended.returncode:
        _say("\n".join(last))
    _say(
        f"{proof.name}: {last[-1] if last else 'nothing'}; {time.monotonic() - began:.0f} s, "
        f"load average {os.getloadavg()[0]:.1f}"
    )
    return ended.returncode == 0


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
