"""Somebody holds a workspace's locks and says nothing: it is that workspace's trouble alone, and an answer to each."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from django.db import connection, transaction

from accounts import tokens
from accounts.models import Scope, User, Workspace
from billing.ledger import balance
from billing.ledger.balance import Balance
from billing.models import PricingTier
from billing.reconciliation.invariants import violations
from generation.catalog.parameters import ImageParameters
from generation.lifecycle import claims
from generation.maintenance import recovery
from generation.models import Generation, Image
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.worker import leases
from tests.generation.worker.workers import expire, wait_for, worker
from tests.support import rate_limits
from tests.support.locks import alone
from tests.support.network.plain import NOBODY
from tests.support.processes import collect_static, serving
from tests.support.twins import OpenAITwin

pytestmark = pytest.mark.django_db(transaction=True)
BODY = {"prompt": "A red fox", "model": "gpt-image-2.5-flare", "size": "1024x1024", "quality": "low"}
ORDER = Order(
    BODY["prompt"], BODY["model"], parameters=ImageParameters(size=BODY["size"], quality=BODY["quality"])
)
LONG_WAY = replace(ORDER, prompt="A blue fox")
ORDERS = 30
SOON = 3.0
MANY = 10
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@contextmanager
def held(statement: str, workspace: Workspace) -> Iterator[None]:
    """A transaction that holds a lock of the workspace, and is silent."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [workspace.pk])
        yield


def wallet(workspace: Workspace) -> Any:
    return held("SELECT FROM billing_wallet WHERE workspace_id = %s FOR UPDATE", workspace)


def lock(workspace: Workspace) -> Any:
    return held("SELECT generation_lock(%s)", workspace)


def program(site: str, workspace: Workspace, user: User) -> httpx.Client:
    _, text = tokens.issue(workspace, name="A program", scopes=Scope.values, user=user)
    return httpx.Client(
        base_url=site, headers={"Authorization": f"Bearer {text}"}, timeout=60, verify=NOBODY, trust_env=False
    )


@pytest.fixture
def both(
    workspace: Workspace, other_workspace: Workspace, catalog: None, fund: Callable[[Workspace, int], None]
) -> None:
    fund(workspace, 100)
    fund(other_workspace, 100)


@pytest.fixture
def openai(twin: str) -> Iterator[OpenAITwin]:
    with closing(OpenAITwin(twin)) as one:
        yield one


@pytest.mark.proof
def test_a_locked_wallet_and_thirty_orders_leave_the_others_alone(
    workspace: Workspace,
    other_workspace: Workspace,
    alice: User,
    charlie: User,
    both: None,
    database_url: str,
):
    collect_static()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")  # for /readyz
    with (
        serving(database_url) as site,
        closing(program(site, workspace, alice)) as mine,
        closing(program(site, other_workspace, charlie)) as other,
        ThreadPoolExecutor(ORDERS) as pool,
    ):
        other.get("/readyz")  # what is made at the first request is not what is measured

        def order(number: int) -> httpx.Response:
            path, key = ("/api/v1/generations", "/v1/images/generations")[number % 2], f"order-{number}"
            return mine.post(path, json=BODY, headers={"Idempotency-Key": key})

        with wallet(workspace):
            orders = [pool.submit(order, number) for number in range(ORDERS)]
            time.sleep(0.3)
            for path in ("/readyz", "/api/v1/balance", "/v1/models", "/api/v1/generations", "/readyz"):
                began = time.monotonic()
                assert other.get(path).status_code == 200
                assert time.monotonic() - began < SOON, path
            began = time.monotonic()
            assert other.post("/api/v1/generations", json=BODY).status_code == 202
            assert time.monotonic() - began < SOON
            answers = [one.result() for one in orders]
        assert {(answer.status_code, answer.headers["retry-after"]) for answer in answers} == {(503, "2")}
        assert all("Nothing was charged" in answer.text for answer in answers)
        assert balance.for_workspace(workspace) == Balance(available=100)
        assert order(0).status_code == 202  # at once, with the same key
    assert balance.for_workspace(workspace) == Balance(available=99, held=1)


@pytest.mark.proof
def test_sixty_four_programs_on_one_wallet_are_all_served(
    workspace: Workspace, alice: User, both: None, database_url: str
):
    rate_limits.allow(1_000)
    with (
        serving(database_url) as site,
        closing(program(site, workspace, alice)) as mine,
        ThreadPoolExecutor(64) as pool,
    ):
        orders = [pool.submit(mine.post, "/api/v1/generations", json=BODY) for _ in range(64)]
        assert {order.result().status_code for order in orders} == {202}
    assert balance.for_workspace(workspace) == Balance(available=36, held=64)


def test_pages_say_what_is_the_matter_too(alice: User, workspace: Workspace, both: None, client_for: Any):
    browser = client_for(alice)
    asked = {**BODY, "n": "1", "max_credits": "1", "request_key": "a" * 32}
    with ThreadPoolExecutor(1) as pool, wallet(workspace):
        said = pool.submit(alone, lambda: browser.post("/studio/generate", asked)).result()
    assert (said.status_code, said["Retry-After"]) == (503, "2")
    assert "Nothing was charged" in said.content.decode()
    assert violations() == []


@pytest.mark.proof
def test_a_silent_transaction_holds_up_no_other_workspaces_pictures(
    workspace: Workspace, other_workspace: Workspace, both: None, openai: OpenAITwin, database_url: str
):
    # One of Alice's is with the provider all the while, some come while nobody can book them, some want to be taken up.
    # Which one hangs is said by its words: calls that are made at once arrive in any order.
    openai.script("hang", match={"prompt": LONG_WAY.prompt})
    openai.script("delay", times=MANY, seconds=4)
    openai.script("status", times=2, status=503, headers={"retry-after": "3"})
    PricingTier.objects.update(images_in_flight=100)
    with worker(database_url) as process, ThreadPoolExecutor(1) as pool:
        first, *others = [
            submit(workspace, order, source="api") for order in (LONG_WAY, *[ORDER] * (MANY + 2))
        ]
        wait_for(lambda: len(openai.calls()) == MANY + 3, "calls")
        (lease,) = _leases(first)
        silent = pool.submit(_sleep_in_the_lock, workspace, 25)
        time.sleep(6)  # by now all of hers wait for the lock
        began = time.monotonic()
        delivered = submit(other_workspace, ORDER, source="api")
        wait_for(lambda: _ended(delivered) == {"succeeded"}, "Charlie's picture")
        assert time.monotonic() - began < 12
        wait_for(lambda: _leases(first) - {lease}, "a renewal")
        assert not silent.done()
        silent.result()
        wait_for(lambda: _ended(*others) == {"succeeded"}, "Alice's pictures")
        assert process.poll() is None
    assert violations() == []


def test_who_renews_leases_passes_over_what_is_locked(
    workspace: Workspace, other_workspace: Workspace, both: None
):
    mine, other = (submit(one, ORDER, source="api") for one in (workspace, other_workspace))
    attempts = [claims.claim(one.images.get().pk).attempt for one in (mine, other)]
    Image.objects.update(lease_until=LONG_AGO)
    images = held("SELECT FROM generation_image WHERE workspace_id = %s FOR UPDATE", workspace)
    with ThreadPoolExecutor(1) as pool, images:
        renewed = pool.submit(alone, lambda: leases._renew(attempts)).result(5)
    assert renewed == set(attempts)
    assert (_leases(mine), len(_leases(other))) == ({LONG_AGO}, 1)
    assert _leases(other) != {LONG_AGO}


def test_who_sweeps_waits_once_for_a_workspace_and_goes_on(
    workspace: Workspace, other_workspace: Workspace, both: None
):
    made = [submit(one, ORDER, source="api") for one in (workspace, workspace, workspace, other_workspace)]
    for one in made:
        assert claims.claim(one.images.get().pk)
    expire()
    generations = held("SELECT FROM generation_generation WHERE workspace_id = %s FOR UPDATE", workspace)
    with ThreadPoolExecutor(1) as pool, generations:
        began = time.monotonic()
        assert pool.submit(alone, recovery.sweep).result()["attempts lost"] == 1
        assert time.monotonic() - began < 5
    assert recovery.sweep()["attempts lost"] == 3


def _leases(generation: Generation) -> set[Any]:
    return set(generation.images.values_list("lease_until", flat=True))


def _ended(*generations: Generation) -> set[str]:
    return set(
        Generation.objects.filter(pk__in=[one.pk for one in generations]).values_list("status", flat=True)
    )


def _sleep_in_the_lock(workspace: Workspace, seconds: float) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT generation_lock(%s)", [workspace.pk])
            cursor.execute("SELECT pg_sleep(%s)", [seconds])
    finally:
        connection.close()
