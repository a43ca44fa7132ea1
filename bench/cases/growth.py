"""Pages and decisions at ten thousand, a hundred thousand and a million images: what people wait for must not grow.

Whole requests in this process, the same database filled further and further; days that are over are closed, as they are in
the product. `BENCH_GROWTH=10000,100000` shortens it.
"""

import logging
import os
import statistics
import time
import tracemalloc
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from bench import filling
from bench.figures import Figure
from billing import ledger
from billing.accounting import closing
from billing.reconciliation import run
from generation.catalog.parameters import ImageParameters
from generation.orders.order import Order
from generation.orders.submit import submit

SIZES = [int(size) for size in os.environ.get("BENCH_GROWTH", "10000,100000,1000000").split(",")]
DAYS = 60
TIMES = 7
BAR = 1.3
MEMORY_BAR = 32.0
"""Megabytes that an export may need, whatever its length."""
CUSTOMERS = {
    "gallery": "/gallery",
    "statement": "/billing",
    "usage of 30 days": "/workspace/usage?by=model&period=30_days",
}
OPERATORS = {
    "images": "/admin/generation/image/",
    "transfers": "/admin/billing/transfer/",
    "costs": "/admin/generation/attempt/costs/?days=30",
    "books": "/admin/billing/reconciliation/books/",
    "days": "/admin/billing/reconciliation/books/days/?days=30",
    "dashboard": "/admin/",
}

type Measured = dict[str, float]


def measure() -> list[Figure]:
    logging.disable(logging.WARNING)  # a line per page would be measured too
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    workspace, people, sample = filling.workspace("growth")
    operator = User.objects.create_superuser("growth-operator@example.com", os.urandom(12).hex())
    found: list[Measured] = []
    have = 0
    for size in SIZES:
        filling.fill(sample, people, size - have, DAYS)
        have = size
        start = time.perf_counter()
        # What was filled in lies in days that were closed for the size before.
        closing.reopen()
        closing.close_days()
        closed = time.perf_counter() - start
        found.append(_at(workspace, people[0], operator) | {"closing": 1000 * closed})
        print(f"{size:>9,} images: " + ", ".join(f"{name} {took:.1f}" for name, took in found[-1].items()))
    small, large = found[0], found[-1]
    flat = [name for name in small if name not in {"closing", "reconcile", "export", "export_mb"}]
    figures = [
        Figure(f"growth_{name.replace(' ', '_')}", large[name] / small[name], f"x of {SIZES[0]:,} images",
               f"{large[name]:.1f} ms at {SIZES[-1]:,}", small[name], "ms", BAR, at_least=False)
        for name in flat
    ]  # fmt: skip
    return [
        *figures,
        Figure("growth_export_memory", large["export_mb"], "MB", f"{large['export']:.0f} ms", small["export_mb"],
               f"MB at {SIZES[0]:,}", MEMORY_BAR, at_least=False),
    ]  # fmt: skip


def _at(workspace: Workspace, person: User, operator: User) -> Measured:
    customer, staff = Client(), Client()
    customer.force_login(person)
    staff.force_login(operator)
    number = iter(range(1_000_000))

    def hold() -> None:
        ledger.hold(workspace, 1, reference=f"bench:{time.perf_counter_ns()}:{next(number)}")

    def order() -> None:
        parameters = ImageParameters(size="1024x1024")
        submit(
            workspace,
            Order(prompt="A lighthouse", model="gpt-image-2.5-flare", parameters=parameters),
            source="api",
        )

    ledger.grant(workspace, 1_000, key=f"growth:{time.perf_counter_ns()}", reference="bench")
    took = {"hold": _median(hold, 200), "submit": _median(order, 100)}
    for client, pages in ((customer, CUSTOMERS), (staff, OPERATORS)):
        for name, path in pages.items():
            took[name] = _median(_getter(client, path), TIMES, before=cache.clear)
    took["dashboard, cached"] = _median(_getter(staff, "/admin/"), TIMES)
    start = time.perf_counter()
    took["export_mb"] = _export(customer)
    took["export"] = 1000 * (time.perf_counter() - start)
    start = time.perf_counter()
    run.check_own_books()
    took["reconcile"] = 1000 * (time.perf_counter() - start)
    return took


def _getter(client: Client, path: str) -> Callable[[], None]:
    def get() -> None:
        answer = client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.headers.get('location')}"

    return get


def _median(work: Callable[[], None], times: int, before: Callable[[], None] = lambda: None) -> float:
    """Milliseconds that the work takes, once it has been done once."""
    work()
    took = []
    for _ in range(times):
        before()
        start = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - start))
    return statistics.median(took)


def _export(client: Client) -> float:
    """Read this month's statement as a file and throw it away; return the peak of Python's memory, in megabytes."""
    tracemalloc.start()
    try:
        answer = client.get(f"/billing/statement.csv?month={timezone.now():%Y-%m}")
        assert answer.status_code == 200
        for _ in answer.streaming_content:
            pass
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
