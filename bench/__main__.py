"""`make bench`: the speed claims, each beside its anchor in the same run. Prints a table, writes `var/bench.json`.

Cases may be named (`python -m bench hold worker`); BENCH_SECONDS and BENCH_ROUNDS shorten them for development.
"""

import importlib
import os
import sys
import time

from bench import stage
from bench.figures import Figure, save, table
from config.environment import ROOT

CASES = ("hold", "submit", "queue", "worker", "gateway", "gallery", "usage", "live", "batch")


def main() -> int:
    wanted = sys.argv[1:] or list(CASES)
    if unknown := set(wanted) - set(CASES):
        print(f"No such case: {', '.join(sorted(unknown))}. There are {', '.join(CASES)}.", file=sys.stderr)
        return 2
    start, load_before = time.monotonic(), os.getloadavg()[0]
    figures: list[Figure] = []
    failed: list[str] = []
    with stage.prepared():
        for name in wanted:
            print(f"measuring {name} …", flush=True)
            # Models can be imported only after Django's setup, hence not at the top.
            case = importlib.import_module(f"bench.cases.{name}")
            try:
                figures += case.measure()
            except RuntimeError as error:  # what the others measured is not lost by it
                failed.append(name)
                print(f"{name} failed: {error}", file=sys.stderr)
    save(figures, ROOT / "var" / "bench.json")
    print(f"\n{table(figures)}\n")
    print(
        f"{time.monotonic() - start:.0f} s, {os.cpu_count()} cores, "
        f"load average {load_before:.1f} before and {os.getloadavg()[0]:.1f} after"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
