import re

import pytest
from django.core import mail
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _fresh_limits(db):
    """Limits are counted in the cache's table, which a test's rollback empties; this is for the lock-free rest."""
    cache.clear()


@pytest.fixture
def code():
    """Reads the code out of the last mail."""

    def read():
        return re.search(r"^\d{6}$", mail.outbox[-1].body, re.MULTILINE).group()

    return read


@pytest.fixture
def link():
    """Reads the link out of the last mail."""

    def read(start):
        return re.search(rf"https?://\S*{start}\S*", mail.outbox[-1].body).group()

    return read
