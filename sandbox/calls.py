"""The log of calls that a twin received, for tests and reconciliations to read."""

import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send

from sandbox.wire import Answer

KEPT = 20_000


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
