"""`make footprint`: memory and CPU of the whole product, idle and at five images a second.

Prints a table and writes `var/footprint.json`. FOOTPRINT_RATE and FOOTPRINT_SECONDS change the load, for development.
"""

import importlib

from bench import stage


def main() -> None:
    with stage.prepared() as server:
        # Models can be imported only after Django's setup, hence not at the top.
        importlib.import_module("bench.footprint.measure").run(server)


if __name__ == "__main__":
    main()
