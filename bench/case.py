"""`python -m bench.case NAME FILE`: one case on a stage of its own, since what one leaves behind would slow the next; figures as pickles."""

import importlib
import pickle
import sys
from pathlib import Path

from bench import stage


def main() -> int:
    name, file = sys.argv[1:]
    with stage.prepared():
        # Models can be imported only after Django's setup, hence not at the top.
        figures = importlib.import_module(f"bench.cases.{name}").measure()
    Path(file).write_bytes(pickle.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
