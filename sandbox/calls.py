"""The log of calls that a twin received, for tests and reconciliations to read."""

import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.wire import Answer

KEPT = 20_000
CLIENT_GONE = Response(status_code=499)


class CallLog:
    """Calls in order of arrival; each is a dictionary that the endpoint completes while it works."""

    def __init__(self) -> None:
        self.calls: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def start(self, **facts: Any) -> dict[str, Any]:
        """Open an entry. `status` stays None until an answer has begun."""
        call = {**facts, "started": time.time(), "finished": None, "status": None}
        self.calls.append(call)
        return call

    def finish(self, call: dict[str, Any], status: int | None) -> None:
        call.update(finished=time.time(), status=status)

    def clear(self) -> None:
        self.calls.clear()


@dataclass
class Logged:
    """An answer that closes its entry of the log once it is sent, or has failed to be."""

    answer: Answer
    call: dict[str, Any]
    log: CallLog

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.answer(scope, receive, send)
        finally:
            if not self.answer.complete:
                self.call["images"] = []
            self.call |= {"complete": self.answer.complete, "client_gone": self.answer.client_gone}
            self.log.finish(self.call, self.answer.status or None)


async def arrived(request: Request) -> bool:
    """Whether all of a request arrived; half a call is none, which is not logged and uses up no step of a script."""
    try:
        await request.body()
    except ClientDisconnect:
        return False
    return True
