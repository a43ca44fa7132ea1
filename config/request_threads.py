"""A thread for each request of the live process, which gives back what the request took."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from asgiref.sync import ThreadSensitiveContext

from accounts import connections
from api.bodies import App, Receive, Scope, Send


class _Thread(ThreadPoolExecutor):
    """One thread; after each piece of work that it is given it holds no connection."""

    def submit[**P, R](self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        return super().submit(partial(connections.work, fn, *args, **kwargs))


class RequestThreads:
    """Runs what Django does outside the loop on a thread of ours, instead of one that Django makes."""

    def __init__(self, django: App) -> None:
        self.django = django

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Its thread ends when it has done all that was begun, which may be later."""
        thread = _Thread(1, thread_name_prefix="request")
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.django(scope, receive, send)
        finally:
            thread.shutdown(wait=False)
