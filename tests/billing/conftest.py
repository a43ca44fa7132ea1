"""What the tests of billing share: every one of them ends with the books in order."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from accounts.models import ApiToken, Workspace
from billing import balance
from billing.balance import Balance
from billing.invariants import violations


@pytest.fixture(autouse=True)
def books_in_order(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did, the invariants hold behind it; a test that breaks them on purpose is marked `tampers`."""
    if "db" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("db")
    yield
    if not request.node.get_closest_marker("tampers") and not connection.needs_rollback:
        assert violations() == []


@pytest.fixture
def have(workspace: Workspace) -> Callable[[], Balance]:
    """The workspace's balance now."""
    return lambda: balance.of(workspace)


@pytest.fixture
def token(workspace: Workspace) -> ApiToken:
    """A token that may commit ten credits."""
    return ApiToken.objects.create(
        workspace=workspace,
        name="shop",
        prefix="cio_live_ab",
        digest=b"1" * 32,
        scopes=["generations:write"],
        credit_cap=10,
    )
