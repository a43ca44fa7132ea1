"""Thread pools for what would block the event loop: image processing and waiting for storage."""

import asyncio
import contextvars
import functools
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

_image_threads = ThreadPoolExecutor(2, thread_name_prefix="picture")
_background_threads = ThreadPoolExecutor(1, thread_name_prefix="background")
_storage_threads = ThreadPoolExecutor(16, thread_name_prefix="storage")


def in_image_thread[**P, R](function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """Make `function` awaitable, on one of the threads that work on images."""
    return _on(_image_threads, function)


def in_background_thread[**P, R](function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """Make `function` awaitable, on the one thread for work on images that nobody waits for."""
    return _on(_background_threads, function)


def in_storage_thread[**P, R](function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """Make `function` awaitable, on one of the threads that wait for storage."""
    return _on(_storage_threads, function)


def _on[**P, R](executor: ThreadPoolExecutor, function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    @functools.wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        call = functools.partial(function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(
            executor, contextvars.copy_context().run, call
        )

    return run
