"""`make chaos`: everything that is tried to make the product lose money, one part after the other.

CHAOS names the parts, with commas between them; `all`, the default, is money and engine under kill -9. The last line is
`operations=N kills=N lost=0 created=0 stuck=0` over all parts; the exit code is 1 where a part found anything.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.chaos import results

PARTS = {
    "all": "tests.faults.chaos.kills",
    "money": "tests.faults.chaos.kills",
    "engine": "tests.faults.chaos.kills",
    "clocks": "tests.faults.chaos.kills",
    "faults": "tests.faults.chaos.kills",
    "trade": "tests.faults.chaos.trade",
    "proofs": "tests.faults.proofs",
    "mutants": "tests.faults.mutants",
}


def main() -> int:
    parts = os.environ.get("CHAOS", "all").split(",")
    if unknown := set(parts) - PARTS.keys():
        sys.exit(f"CHAOS knows {', '.join(PARTS)}; not {', '.join(sorted(unknown))}.")
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "results"
        codes = [
            subprocess.run(
                [sys.executable, "-m", PARTS[part]],
                env={**os.environ, "CHAOS": part, "CHAOS_RESULTS": str(kept)},
                check=False,
            ).returncode
            for part in parts
        ]
        counts = results.of(kept)
    if len(parts) > 1:
        sys.stdout.write(" ".join(f"{name}={count}" for name, count in counts.items()) + "\n")
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
