"""A product for one drill, in a process of its own: a database that is thrown away, its schema, and the report at the end."""

import os
import sys
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402 -- Django's setup comes first

from config.local.postgres import Postgres  # noqa: E402
from tests.drill import script  # noqa: E402

PATIENCE = "180"
"""Seconds to wait for what Stripe does by itself."""


def main() -> int:
    """Play the drill on an empty database.

    Returns:
        The exit code.
    """
    server = Postgres(Path(os.environ["STATE_DIR"]))
    server.acquire()
    try:
        call_command("migrate", verbosity=0)
        return script.play(float(os.environ.get("DRILL_PATIENCE", PATIENCE))).report()
    finally:
        server.release()


if __name__ == "__main__":
    sys.exit(main())
