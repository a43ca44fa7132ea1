"""A process is killed before and after each commit of each way of money, and after each answer that it gets."""

import os
import random
import uuid
from collections.abc import Iterator

import pytest

from accounts.models import Membership, Role, User, Workspace
from billing.reconciliation.invariants import violations
from generation.catalog import cache
from tests.faults.points import paths, standing
from tests.faults.points.host import Host, Life
from tests.faults.points.paths import PATHS
from tests.support import database
from tests.support.figures import figure

POINTS = int(os.environ.get("KILL_POINTS", "1"))
"""Points of each way that are tried, drawn anew each time; 0 tries all, in some minutes."""
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
    pytest.mark.proof,
    pytest.mark.xdist_group("kill points"),
]


@pytest.fixture(scope="module")
def forking(django_db_setup: None, twin_process: str) -> Iterator[Host]:
    """The process whose children are killed, on this process's database and twins."""
    one = Host(database.url())
    yield one
    one.close()


@pytest.fixture
def host(transactional_db: None, twin: str, forking: Host) -> Host:
    """Whom to ask for a life that is ended; the shop is open."""
    cache.invalidate()
    return forking


def somebody() -> tuple[Workspace, User]:
    name = uuid.uuid4().hex[:12]
    workspace = Workspace.objects.create(name="Somebody", slug=name)
    user = User.objects.create_user(f"{name}@example.com", "secret", name="Somebody")
    Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    return workspace, user


@pytest.mark.parametrize("name", PATHS)
def test_wherever_it_is_killed_the_end_is_as_if_it_had_not_been(host: Host, name: str):
    seed = random.randrange(2**32)
    whole, wanted = gone(host, name, 0)
    assert whole.points, "a way of money has commits"
    points = range(1, len(whole.points) + 1)
    for at in points if not POINTS else sorted(random.Random(seed).sample(points, min(POINTS, len(points)))):
        life, found = gone(host, name, at)
        assert found == wanted, f"{name}, killed at {life.died}, seed {seed}"
    figure(
        f"{name}: {len(whole.points)} points, {sum(point.startswith('before') for point in whole.points)} commits"
    )


def gone(host: Host, name: str, at: int) -> tuple[Life, dict[str, object]]:
    """A life on that way that ends at a point, and how its workspace stands after the product has recovered."""
    path, (workspace, user) = PATHS[name], somebody()
    arguments = path.stage(workspace, user)
    life = host.live(name, at, arguments)
    assert not life.words, life.words
    if life.killed:  # where nobody was, nothing is left to sweepers
        path.recover(**arguments)
        if path.again:
            path.act(**arguments)
            path.recover(**arguments)
    assert violations() == [], (name, life.died)
    assert paths.open_holds(workspace) == (name in {"submit", "start a batch", "dispute opened"}), (
        name,
        life.died,
    )
    return life, {part: how for part, how in standing.of(workspace).items() if part not in path.may_differ}
