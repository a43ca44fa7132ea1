import asyncio
import gc
import weakref

import pytest

from core.database.event_loops import per_loop


class Thing:
    pass


def test_a_loop_has_one_of_each_and_shares_it_with_no_other():
    @per_loop
    def thing(name: str) -> Thing:
        return Thing()

    async def two():
        return thing("a"), thing("a"), thing("b")

    (first, again, other), (elsewhere, *_) = asyncio.run(two()), asyncio.run(two())
    assert first is again
    assert len({first, other, elsewhere}) == 3


def test_what_a_loop_has_goes_with_it():
    @per_loop
    def thing() -> Thing:
        return Thing()

    async def made():
        return weakref.ref(thing())

    left = asyncio.run(made())
    gc.collect()
    assert left() is None


def test_there_is_none_without_a_loop():
    with pytest.raises(RuntimeError):
        per_loop(Thing)()
