"""The queue: submit, status, result, cancel; and `run`, which waits. Source: fal-client 1.0.3, docs.fal.ai/model-endpoints/queue."""

import asyncio
import base64
import binascii
import hashlib
import io
import secrets
import time
from dataclasses import replace
from typing import Any

from PIL import Image
from starlette.requests import Request

from sandbox.fal import bill
from sandbox.fal import order as orders
from sandbox.fal.desk import FalDesk, Ticket, answer, endpoint
from sandbox.fal.errors import FalError, flagged, of_model
from sandbox.faults import Fault
from sandbox.pictures.spec import Spec
from sandbox.pictures.studio import encode
from sandbox.wire import Answer

QUEUE_SHARE = 0.2  # of the latency is spent waiting
NO_FAULT = Fault("")
CANCELED = {"detail": "Request was cancelled", "error_type": "client_cancelled"}


def _ticket(request: Request, desk: FalDesk, call: dict[str, Any]) -> Ticket:
    model = request.path_params["model"]
    orders.check_model(model)
    if request.state.fault and request.state.fault.do == "not_enabled":
        raise orders.no_application(model)
    order = orders.check(request.state.arguments, model)
    ticket = Ticket(
        id=secrets.token_hex(16),
        model=model,
        order=order,
        fault=request.state.fault,
        base_url=f"{request.url.scheme}://{request.url.netloc}",
        call=call,
        webhook=request.query_params.get("fal_webhook"),
    )
    call.update(request_id=ticket.id, size=f"{order.size[0]}x{order.size[1]}", n=order.count)
    desk.tickets[ticket.id] = ticket
    return ticket


@endpoint("submit")
async def submit(request: Request, desk: FalDesk, call: dict[str, Any]) -> Answer:
    ticket = _ticket(request, desk, call)
    ticket.task = asyncio.get_running_loop().create_task(work(desk, ticket))
    return answer(
        request, 200, {"status": "IN_QUEUE", "request_id": ticket.id, **ticket.urls(), "queue_position": 0}
    )


@endpoint("run")
async def run(request: Request, desk: FalDesk, call: dict[str, Any]) -> Answer:
    ticket = _ticket(request, desk, call)
    await work(desk, ticket)
    return answer(request, *ticket.result)


async def work(desk: FalDesk, ticket: Ticket) -> None:
    """From the queue to the result."""
    fault, latency = ticket.fault or NO_FAULT, desk.settings.latency
    await asyncio.sleep(latency * QUEUE_SHARE)
    ticket.started = time.monotonic()
    if fault.do in ("delay", "hang"):
        await asyncio.sleep(float(fault.get("seconds", 1 if fault.do == "delay" else 600)))
    elif fault.do == "hold":
        await fault.held()
    try:
        if fault.do == "moderation_input":
            raise flagged(ticket.order.prompt)
        result, _ = await asyncio.gather(
            _draw(desk, ticket, fault), asyncio.sleep(latency * (1 - QUEUE_SHARE))
        )
        ticket.result = (200, result)
    except FalError as error:
        ticket.result = (error.status, {"detail": error.detail})
    ticket.finished = time.monotonic()
    if ticket.webhook:
        desk.notifier.send(ticket.webhook, ticket.id, *ticket.result)


async def _draw(desk: FalDesk, ticket: Ticket, fault: Fault) -> dict[str, Any]:
    order = ticket.order
    references = tuple(read_reference(desk, url) for url in order.references)
    sizes = [bill.size_of(content) for content in references]
    ticket.call["references"] = [hashlib.sha256(content).hexdigest() for content in references]
    ticket.call["reference_sizes"] = [f"{width}x{height}" for width, height in sizes]
    spec = Spec(
        prompt=order.prompt,
        model=ticket.model,
        size=order.size,
        quality=str(order.seed),
        references=references,
    )
    spec = replace(spec, output_format=order.output_format, compression=90)
    if fault.do == "wrong_size":
        width, _, height = str(fault.get("size", "992x992")).partition("x")
        spec = replace(spec, size=(int(width), int(height)))
    elif fault.do == "wrong_format":
        spec = replace(
            spec, output_format=fault.get("format", "png" if order.output_format == "jpeg" else "jpeg")
        )
    count = int(fault.get("count", order.count - 1)) if fault.do == "wrong_count" else order.count
    blocked = fault.do == "moderation_output" and order.checked
    begun = time.monotonic()
    images = [
        await _picture(desk, ticket, replace(spec, index=index), fault, black=blocked)
        for index in range(count)
    ]
    ticket.call["bill"] = bill.charge(ticket.model, sizes, [spec.size] * count)
    return {
        "images": images,
        "timings": {"inference": round(time.monotonic() - begun, 3)},
        "seed": order.seed,
        "has_nsfw_concepts": [blocked] * count,
        "prompt": order.prompt,
    }


async def _picture(desk: FalDesk, ticket: Ticket, spec: Spec, fault: Fault, *, black: bool) -> dict[str, Any]:
    """One picture's entry; what the safety checker flags comes out black."""
    if black:
        content = encode(Image.new("RGB", spec.size), spec.output_format)
    else:
        content = await desk.studio.draw(spec)
    if fault.do == "corrupt":
        content = content[:24] + hashlib.shake_256(content).digest(max(0, len(content) - 24))
    ticket.call["images"].append(hashlib.sha256(content).hexdigest())
    content_type = f"image/{ticket.order.output_format}"
    url = f"{ticket.base_url}/fal/files/{desk.keep(content, content_type)}"
    if ticket.order.sync_mode:
        url = f"data:{content_type};base64,{base64.b64encode(content).decode()}"
    return {
        "url": url,
        "content_type": content_type,
        "width": ticket.order.size[0],
        "height": ticket.order.size[1],
    }


def read_reference(desk: FalDesk, url: str) -> bytes:
    """The bytes of a data URI or of a file of this twin, if they are a picture."""
    if url.startswith("data:"):
        try:
            content = base64.b64decode(url.partition(",")[2], validate=True)
        except binascii.Error:
            content = b""
    else:
        content = desk.files.get(url.rpartition("/")[2], (b"", ""))[0]
    if not content:
        raise of_model("file_download_error", "Failed to download the file.", "image_url", url[:200])
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")):
            return content
    except (OSError, Image.DecompressionBombError):
        raise of_model("image_load_error", "Failed to load the image.", "image_url", url[:200]) from None


def _find(request: Request, desk: FalDesk) -> Ticket:
    ticket = desk.tickets.get(request.path_params["id"])
    if ticket is None:
        raise FalError(404, f"Request {request.path_params['id']} not found")
    return ticket


@endpoint("status")
async def status(request: Request, desk: FalDesk, call: dict[str, Any]) -> Answer:
    ticket = _find(request, desk)
    facts: dict[str, Any] = {"request_id": ticket.id, **ticket.urls()}
    if ticket.result is not None:
        spent = (ticket.finished or 0) - (ticket.started or 0)
        facts |= {"status": "COMPLETED", "logs": [], "metrics": {"inference_time": round(spent, 3)}}
        if ticket.result[0] >= 400:
            facts |= {
                "error": str(ticket.result[1]["detail"]),
                "error_type": ticket.result[1].get("error_type", "bad_request"),
            }
        return answer(request, 200, facts)
    if ticket.started is None:
        waiting = [
            other
            for other in desk.tickets.values()
            if other.started is None and other.created < ticket.created
        ]
        return answer(request, 202, {**facts, "status": "IN_QUEUE", "queue_position": len(waiting)})
    return answer(request, 202, {**facts, "status": "IN_PROGRESS", "logs": []})


@endpoint("result")
async def result(request: Request, desk: FalDesk, call: dict[str, Any]) -> Answer:
    ticket = _find(request, desk)
    if ticket.result is None:
        raise FalError(400, "Request is still in progress")
    return answer(request, *ticket.result)


@endpoint("cancel")
async def cancel(request: Request, desk: FalDesk, call: dict[str, Any]) -> Answer:
    ticket = desk.tickets.get(request.path_params["id"])
    if ticket is None:
        return answer(request, 404, {"status": "NOT_FOUND"})
    if ticket.result is not None:
        return answer(request, 400, {"status": "ALREADY_COMPLETED"})
    ticket.task.cancel()
    ticket.result, ticket.finished = (499, CANCELED), time.monotonic()
    return answer(request, 202, {"status": "CANCELLATION_REQUESTED"})
