"""What tests of backups share: the two commands, and an empty database beside the one in use."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.billing.stripe_events import Stripe
from tests.support import database


@pytest.fixture(autouse=True)
def nothing_at_stripe(twin: str) -> Iterator[None]:
    """Stripe's twin, fresh: what other tests have paid there is not of this database."""
    with closing(Stripe(twin)):
        yield


@pytest.fixture
def command() -> Callable[..., str]:
    """Run a command of `manage.py`; what it said."""

    def run(*words: Any, **options: Any) -> str:
        out = StringIO()
        call_command(*words, stdout=out, **options)
        return out.getvalue()

    return run


@pytest.fixture
def refused(command: Callable[..., str]) -> Callable[..., str]:
    """Run a command that has to fail; its sentence."""

    def run(*words: Any, **options: Any) -> str:
        with pytest.raises(CommandError) as refusal:
            command(*words, **options)
        return str(refusal.value)

    return run


@pytest.fixture
def empty(request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of an empty database."""
    request.getfixturevalue("django_db_setup")
    name = f"{database.CLONE}{os.getpid()}_empty"
    with database.administer() as admin:
        database.drop(admin, name)
        database.create(admin, name, "template0")
        try:
            yield name
        finally:
            database.drop(admin, name)
