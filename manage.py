#!/usr/bin/env python
"""Django's command line for CreateIO."""

import os
import signal
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from config import environment
from config.local.postgres import Postgres

NEEDS_NO_DATABASE = {"check", "collectstatic", "diffsettings", "findstatic", "help", "version"}


def main() -> None:
    """Run the command; on a machine with nothing installed, with PostgreSQL at hand while it runs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        env = environment.read()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    asked = set(sys.argv[1:])
    looks_only = not asked or sys.argv[1] in NEEDS_NO_DATABASE or asked & {"--help", "-h", "--version"}
    if not env.embedded or (looks_only and "--database" not in asked):
        execute_from_command_line(sys.argv)
        return
    # SIGTERM has to pass through `finally` too, or the server that we started would stay behind.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    postgres = Postgres(env.state_dir)
    postgres.acquire()
    try:
        execute_from_command_line(sys.argv)
    finally:
        postgres.release()


if __name__ == "__main__":
    main()
