"""Faults that are the same for every provider, turned into answers."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request

from sandbox.faults import HTML_PAGE, Fault, endless, gateway_page
from sandbox.wire import Answer, wait_for_disconnect

HUGE = 200 * 1024 * 1024
HTML = {"content-type": "text/html"}
JSON = {"content-type": "application/json"}

ErrorBody = Callable[[int, Mapping[str, Any]], bytes]


async def before_work(
    fault: Fault | None, request: Request, headers: Mapping[str, str], error: ErrorBody
) -> Answer | None:
    """The answer that takes the place of the work, or None; `delay` only waits."""
    answer = None
    status = int(fault.get("status", 200)) if fault else 0
    match fault.do if fault else "":
        case "delay":
            await asyncio.sleep(float(fault.get("seconds", 1)))
        case "hold":
            await fault.held()
        case "hang":
            await wait_for_disconnect(request.receive, float(fault.get("seconds", 600)))
            answer = Answer(0, {}, cut=0)
        case "reset" if not fault.get("at"):
            answer = Answer(0, {}, cut=0)
        case "status":
            status = int(fault.get("status", 500))
            extra = {name.lower(): str(value) for name, value in (fault.get("headers") or {}).items()}
            answer = Answer(status, {**headers, **JSON, **extra}, error(status, fault.options))
        case "html":
            answer = Answer(status, {**headers, **HTML}, HTML_PAGE if status < 400 else gateway_page(status))
        case "empty":
            answer = Answer(status, {**headers, **JSON})
        case "huge":
            body = endless(b'{"created":1,"data":[{"b64_json":"', int(fault.get("bytes", HUGE)), b'"}]}')
            answer = Answer(status, {**headers, **JSON}, body)
    return answer


def gateway_answer(fault: Fault, headers: Mapping[str, str]) -> Answer:
    """What a gateway answers that has not waited for what was made and billed."""
    status = int(fault.get("status", 504))
    return Answer(status, {**headers, **HTML}, gateway_page(status))


def on_the_way(fault: Fault | None, answer: Answer) -> Answer:
    """The same answer, to be cut or dripped while it is sent."""
    if fault is None:
        return answer
    size = len(answer.body) if isinstance(answer.body, bytes) else 4_000
    if fault.do == "reset":
        at = int(fault.get("at", 0))
        answer.cut = at if at >= 0 else max(1, size + at)
    elif fault.do == "truncate":
        answer.cut = max(1, int(fault.get("at", fault.get("bytes", size // 2))))
        answer.reset = False
    elif fault.do == "drip":
        answer.drip = max(1, int(fault.get("bytes", 1024))), float(fault.get("seconds", 0.1))
    return answer
