"""The database connection of whoever is at work, given back before a wait."""

from django.db import connections


def give_back() -> None:
    """Let others have this thread's connection, before a wait for a place, a child process or another machine.

    The next query takes one again. Inside a transaction it is kept: what was begun there is not done yet.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
