"""What the tests of billing share: every one of them ends with the books in order."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from django.db import connection

from accounts.models import ApiToken, User, Workspace
from billing.ledger import balance
from billing.ledger.balance import Balance
from billing.models import Purchase
from billing.purchases import checkout, fulfillment
from billing.reconciliation.invariants import violations
from tests.billing.stripe_events import Stripe


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
    return lambda: balance.for_workspace(workspace)


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


@pytest.fixture
def stripe(twin: str) -> Iterator[Stripe]:
    """Stripe's twin, fresh; whoever takes it as it stands finds nothing scripted behind us."""
    with closing(Stripe(twin)) as one:
        yield one
        one.control.delete("/script").raise_for_status()


@pytest.fixture
def buy(workspace: Workspace, alice: User, stripe: Stripe) -> Callable[..., Purchase]:
    """Begin a purchase, and pay it at Stripe; nobody has told us about it yet."""

    def go(pack: str = "starter", quantity: int = 1, outcome: str = "pay") -> Purchase:
        purchase = checkout.start(workspace, pack, quantity, user=alice)
        if outcome:
            stripe.do(f"sessions/{purchase.checkout_session}/{outcome}")
        return purchase

    return go


@pytest.fixture
def bought(buy: Callable[..., Purchase]) -> Callable[..., Purchase]:
    """Buy a pack, and have it credited."""

    def go(pack: str = "starter", quantity: int = 1) -> Purchase:
        purchase = buy(pack, quantity)
        fulfillment.fulfill(purchase.checkout_session or "")
        purchase.refresh_from_db()
        return purchase

    return go
