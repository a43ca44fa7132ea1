"""The harness of the whole suite: an environment of its own, one PostgreSQL, the cast and the twins.

The suite's own environment has to stand before Django reads its settings, which is why it is prepared here and not
in a fixture.
"""

from tests.support import environment

environment.prepare()

pytest_plugins = [
    "tests.support.database",
    "tests.support.speed",
    "tests.support.cast",
    "tests.support.shop",
    "tests.support.twins",
]


def pytest_sessionstart() -> None:
    """Workers of pytest-xdist start after this; a folder's own conftest may have imported an entry point by now."""
    environment.leave_to_workers()
