"""`make bench`: measure the speed claims, each beside its anchor in one run. Prints a table, writes `var/bench.json`.

Cases may be named (`python -m bench hold worker`); BENCH_SECONDS and BENCH_ROUNDS shorten them for development.
"""

import os
import pickle
import subprocess
import sys
import tempfile
import time

from bench.figures import Figure, save, table
from config.environment import ROOT

CASES = (
    "hold",
    "submit",
    "queue",
    "worker",
    "derive",
    "gateway",
    "gallery",
    "usage",
    "live",
    "batch",
    "announce",
    "webhooks_out",
    "growth",
    "history",
)


def main() -> int:
    wanted = sys.argv[1:] or list(CASES)
    if unknown := set(wanted) - set(CASES):
        print(f"No such case: {', '.join(sorted(unknown))}. There are {', '.join(CASES)}.", file=sys.stderr)
        return 2
    start, load_before = time.monotonic(), os.getloadavg()[0]
    figures: list[Figure] = []
    failed: list[str] = []
    for name in wanted:
        print(f"measuring {name} …", flush=True)
        with tempfile.NamedTemporaryFile() as kept:
            if subprocess.run([sys.executable, "-m", "bench.case", name, kept.name], check=False).returncode:
                failed.append(name)  # what the others measure is not lost by it
            else:
                figures += pickle.loads(kept.read())
    save(figures, ROOT / "var" / "bench.json")
    print(f"\n{table(figures)}\n")
    print(
        f"{time.monotonic() - start:.0f} s, {os.cpu_count()} cores, "
        f"load average {load_before:.1f} before and {os.getloadavg()[0]:.1f} after"
    )
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
