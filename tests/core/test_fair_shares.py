"""What one workspace may have of a process."""

import asyncio
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.database.connections import release_connection
from core.fair_shares import FairShares, WorkspaceBusy

ONE, OTHER = uuid.uuid4(), uuid.uuid4()


def test_places_are_exact_and_everybody_in_a_line_that_moves_has_a_turn(db):
    shares, inside, most, lock = FairShares(3, patience=1.0), 0, 0, threading.Lock()

    def work(_):
        nonlocal inside, most
        with shares.hold(ONE):
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.05)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(work, range(64)))
    assert (most, inside, shares._queues) == (3, 0, {})


def test_in_a_line_that_stands_all_are_refused_and_newcomers_at_once(db):
    shares, go = FairShares(2, patience=0.3), threading.Event()

    def sit():
        with shares.hold(ONE):
            go.wait(10)

    with ThreadPoolExecutor(4) as pool:
        sitting = [pool.submit(sit) for _ in range(4)]
        began = time.monotonic()
        for refused in sitting[2:]:
            with pytest.raises(WorkspaceBusy) as told:
                refused.result(5)
            assert (told.value.status, told.value.extra) == (503, {"retry_after": 2})
        assert 0.2 < time.monotonic() - began < 2
        began = time.monotonic()
        with pytest.raises(WorkspaceBusy), shares.hold(ONE):
            pass
        with shares.hold(OTHER):
            pass
        assert time.monotonic() - began < 0.2
        go.set()
    assert shares._queues == {}


@pytest.mark.django_db(transaction=True)
def test_who_gives_the_connection_back_leaves_the_place_with_it():
    shares = FairShares(1, patience=0.0)

    def come() -> None:
        with shares.hold(ONE):
            pass

    with ThreadPoolExecutor(1) as pool, shares.hold(ONE):
        with pytest.raises(WorkspaceBusy):
            pool.submit(come).result()
        release_connection()
        pool.submit(come).result()
    assert shares._queues == {}


async def test_the_same_on_a_loop_where_who_leaves_the_line_takes_no_place():
    shares = FairShares(1)

    async def sit(seconds: float) -> None:
        async with shares.hold_later(ONE):
            await asyncio.sleep(seconds)

    first, left, last = (asyncio.create_task(sit(0.1)) for _ in range(3))
    await asyncio.sleep(0.02)
    left.cancel()
    await asyncio.gather(first, last)
    assert left.cancelled()
    assert shares._queues == {}
