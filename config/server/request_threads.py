"""Threads of the live process that return their connections: one for each request, and the loop's own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from asgiref.sync import ThreadSensitiveContext

from api.bodies.middleware import App, Receive, Scope, Send
from core.database import connections


class _Threads(ThreadPoolExecutor):
    """Threads that hold no connection between two pieces of work."""

    def submit[**P, R](self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        return super().submit(partial(connections.call_and_release, fn, *args, **kwargs))


class RequestThreads:
    """Runs what Django does outside the loop on a thread of ours, instead of one that Django makes."""

    def __init__(self, django: App) -> None:
        self.django = django

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Its thread ends when all its work is done, which may be later."""
        thread = _Threads(1, thread_name_prefix="request")
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.django(scope, receive, send)
        finally:
            thread.shutdown(wait=False)


def take_over() -> None:
    """Replace the running loop's own threads, too, on which Django renders pages for 403, 404 and 500."""
    asyncio.get_running_loop().set_default_executor(_Threads(thread_name_prefix="loop"))
