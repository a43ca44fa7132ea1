"""Pages and decisions at ten thousand, a hundred thousand and a million images: what people wait for must not grow.

Whole requests in this process and what PostgreSQL does for them, by processor time, on one database that is filled anew for each size, two transfers an image. Days that are over
are closed, as they are in the product, and today has had a thousand images, whatever lies behind it. What reads everything,
the whole proof and the whole export, may take as long as it needs, but no more memory. `BENCH_GROWTH=10000,100000` shortens it.
"""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from bench import filling, load
from bench.figures import Figure
from bench.filling import Place
from billing import ledger
from billing.accounting import closing
from billing.reconciliation import proven, run
from generation.catalog.parameters import ImageParameters
from generation.orders.order import Order
from generation.orders.submit import submit

SIZES = [int(size) for size in os.environ.get("BENCH_GROWTH", "10000,100000,1000000").split(",")]
DAYS = 60
TIMES = 9
EXPORT_SECONDS = 120.0
"""For how long an export is read at most: as many lines as that allows show whether its memory grows."""
BAR = 1.3
MEMORY_BAR = 32.0
"""Megabytes that an export or a proof may need, whatever its length."""
CUSTOMERS = {
    "gallery": "/gallery",
    "statement": "/billing",
    "usage of 30 days": "/workspace/usage?by=model&period=30_days",
}
OPERATORS = {
    "images": "/admin/generation/image/",
    "transfers": "/admin/billing/transfer/",
    "attempts": "/admin/generation/attempt/",
    "costs": "/admin/generation/attempt/costs/?days=30",
    "books": "/admin/billing/reconciliation/books/",
    "days": "/admin/billing/reconciliation/books/days/?days=30",
    "dashboard": "/admin/",
}
WHOLE = ("closing", "reconcile --full", "export")
"""What reads everything: no bar on its time."""
MEMORY = ("reconcile --full MB", "export MB", "usage export MB")

type Measured = dict[str, float]


def measure() -> list[Figure]:
    logging.disable(logging.WARNING)  # a line per page would be measured too
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    load.without_helpers()
    place = filling.workspace("growth")
    operator = User.objects.create_superuser("growth-operator@example.com", os.urandom(12).hex())
    found: list[Measured] = []
    for size in SIZES:
        start = time.perf_counter()
        filling.fill(place, size, DAYS)
        print(f"{size:>9,} images filled in, {time.perf_counter() - start:.0f} s", flush=True)
        found.append(_at(place, operator))
        print(
            f"{size:>9,} images: " + ", ".join(f"{name} {took:.1f}" for name, took in found[-1].items()),
            flush=True,
        )
    small, large = found[0], found[-1]
    figures = [
        Figure(f"growth_{name.replace(',', '').replace(' ', '_')}", large[name] / small[name], f"x of {SIZES[0]:,} images",
               f"{large[name]:.1f} ms at {SIZES[-1]:,}", small[name], "ms", BAR, at_least=False)
        for name in small if name not in {*WHOLE, *MEMORY}
    ]  # fmt: skip
    return figures + [
        Figure(f"growth_memory_of_{name.removesuffix(' MB').replace(' --', '_').replace(' ', '_')}", large[name], "MB",
               f"{large[name]:.1f} MB at {SIZES[-1]:,}", small[name], f"MB at {SIZES[0]:,}", MEMORY_BAR, at_least=False)
        for name in MEMORY
    ]  # fmt: skip


def _at(place: Place, operator: User) -> Measured:
    customer, staff = Client(), Client()
    customer.force_login(place.people[0])
    staff.force_login(operator)
    number = iter(range(1_000_000))

    def hold() -> None:
        ledger.hold(place.workspace, 1, reference=f"bench:{time.perf_counter_ns()}:{next(number)}")

    def order() -> None:
        parameters = ImageParameters(size="1024x1024")
        submit(
            place.workspace,
            Order(prompt="A lighthouse", model="gpt-image-2.5-flare", parameters=parameters),
            source="api",
        )

    took = {"closing": _once(closing.close_days)}
    took |= {"hold": _quickest(hold, 200), "submit": _quickest(order, 100)}
    for client, pages in ((customer, CUSTOMERS), (staff, OPERATORS)):
        for name, path in pages.items():
            took[name] = _quickest(_getter(client, path), TIMES, before=cache.clear)
    took["dashboard, cached"] = _quickest(_getter(staff, "/admin/"), TIMES)
    took |= _exports(customer)
    took["reconcile --full MB"], took["reconcile --full"] = _memory(lambda: _prove(whole=True))
    took["reconcile"] = _quickest(lambda: _prove(whole=False), TIMES)
    return took


def _prove(*, whole: bool) -> None:
    """Prove our own books, from the proven point on or whole: what storage and Stripe answer is not this database's."""
    start = None if whole else proven.point()
    assert whole or start is not None, "the whole proof has moved the point"
    found = run.prove_own_books(start)
    assert found.found == 0, found.differences[:3]


def _exports(client: Client) -> Measured:
    """Milliseconds until the first byte of the statement as a file, and for all of it; and memory, also of usage's."""
    path = "/billing/statement.csv"

    def first_byte() -> None:
        answer = client.get(path)
        assert answer.status_code == 200
        next(iter(answer.streaming_content))
        answer.close()

    def whole() -> None:
        end, lines = time.monotonic() + EXPORT_SECONDS, 0
        answer = client.get(path)
        for portion in answer.streaming_content:
            lines += portion.count(b"\n")
            if time.monotonic() > end:
                break
        answer.close()
        print(f"          {lines:,} lines of the statement exported", flush=True)

    took = {"statement.csv, first byte": _quickest(first_byte, TIMES)}
    took["export MB"], took["export"] = _memory(whole)
    took["usage export MB"], _ = _memory(_getter(client, "/workspace/usage.csv?period=30_days"))
    return took


def _getter(client: Client, path: str) -> Callable[[], None]:
    def get() -> None:
        answer = client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.headers.get('location')}"

    return get


def _quickest(work: Callable[[], None], times: int, before: Callable[[], None] = lambda: None) -> float:
    """Milliseconds that the work takes, done once before: the quickest, since what else the machine does only slows it."""
    work()
    took = []
    for _ in range(times):
        before()
        took.append(_once(work))
    return min(took)


def _once(work: Callable[[], object]) -> float:
    """Milliseconds of processor time that the work takes."""
    return load.of_processor(work)[1]


def _memory(work: Callable[[], None]) -> tuple[float, float]:
    """Megabytes by which this process grew at most while it worked, and milliseconds."""
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = _status("VmRSS")
    took = _once(work)
    return _status("VmHWM") - before, took


def _status(name: str) -> float:
    """A line of the process's own status, in megabytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))
