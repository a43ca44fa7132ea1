"""Objects that belong to one event loop, such as holders of tasks, locks or connections."""

import asyncio
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any
from weakref import WeakKeyDictionary


def per_loop[**P, R](make: Callable[P, R]) -> Callable[P, R]:
    """Call `make` once per running event loop and set of positional arguments.

    Returns:
        A function that returns the running loop's object, made at the first call and dropped with its loop.
    """
    known: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[Hashable, ...], Any]] = WeakKeyDictionary()

    @wraps(make)
    def get(*args: P.args, **kwargs: P.kwargs) -> R:
        made = known.setdefault(asyncio.get_running_loop(), {})
        if args not in made:
            made[args] = make(*args, **kwargs)
        result: R = made[args]
        return result

    return get
