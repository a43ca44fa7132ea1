"""`python -m bench.case NAME FILE`: run one case with a database of its own, unaffected by the leftovers of others.

The figures are written as pickles.
"""

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
