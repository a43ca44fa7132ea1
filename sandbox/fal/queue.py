"""The queue: submit, status, result, cancel; and `run`, which waits. Source: fal-client 1.0.3, docs.fal.ai/model-endpoints/queue."""

import asyncio
import base64
import binascii
import hashlib
import io
import json
import secrets
import time
from dataclasses import replace
from typing import Any

from PIL import Image
from starlette.requests import Request

from sandbox.fal import bill
from sandbox.fal import order as orders
from sandbox.fal.desk import LIFECYCLE, PAYLOADS_LAST, START_WITHIN, FalDesk, Ticket, answer, endpoint
from sandbox.fal.errors import FalError, flagged, never_started, of_model
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
        start_within=_start_within(request),
        files_last=_files_last(request),
        expires=desk.now() + PAYLOADS_LAST,
    )
    call.update(request_id=ticket.id, size=f"{order.size[0]}x{order.size[1]}", n=order.count)
    desk.tickets[ticket.id] = ticket
    return ticket


def _start_within(request: Request) -> float | None:
    text = request.headers.get(START_WITHIN)
    try:
        seconds = None if text is None else float(text)
    except ValueError:
        seconds = 0.0
    if seconds is not None and seconds <= 0.1:
        raise FalError(400, "X-Fal-Request-Timeout must be more than 0.1 seconds.")
    return seconds


def _files_last(request: Request) -> float | None:
    """Seconds for which the files of a request stay; for ever unless its header says otherwise."""
    try:
        told = json.loads(request.headers.get(LIFECYCLE, "{}"))
        seconds = told.get("expiration_duration_seconds")
        return None if seconds is None else float(seconds)
    except (ValueError, TypeError, AttributeError):
        raise FalError(400, "X-Fal-Object-Lifecycle-Preference must be a JSON object.") from None


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
    try:
        async with asyncio.timeout(ticket.start_within):
            await asyncio.sleep(desk.settings.latency * QUEUE_SHARE)
            await desk.places.take()
    except TimeoutError:
        late = never_started()
        _end(desk, ticket, late.status, {"detail": late.detail, "error_type": late.type})
        return
    ticket.started = time.monotonic()
    try:
        status, body = await _worked(desk, ticket)
    finally:
        desk.places.leave()
    _end(desk, ticket, status, body)


async def _worked(desk: FalDesk, ticket: Ticket) -> tuple[int, dict[str, Any]]:
    fault, latency = ticket.fault or NO_FAULT, desk.settings.latency
    if fault.do in ("delay", "hang"):
        await asyncio.sleep(float(fault.get("seconds", 1 if fault.do == "delay" else 600)))
    elif fault.do == "hold":
        await fault.held()
    try:
        if fault.do == "moderation_input":
            raise flagged(ticket.order.prompt, fault.get("categories", ["violence"]))
        result, _ = await asyncio.gather(
            _draw(desk, ticket, fault), asyncio.sleep(latency * (1 - QUEUE_SHARE))
        )
    except FalError as error:
        # "Client-side errors like invalid inputs (HTTP 422) may still be charged": they are.
        _charge_whole(ticket)
        return error.status, {"detail": error.detail}
    return 200, result


def _end(desk: FalDesk, ticket: Ticket, status: int, body: dict[str, Any]) -> None:
    ticket.result, ticket.finished = (status, body), time.monotonic()
    if ticket.webhook:
        desk.notifier.send(ticket.webhook, ticket.id, status, body)


def _charge_whole(ticket: Ticket) -> None:
    """Charge what brought nothing as if it had been made."""
    ticket.call["bill"] = bill.charge(ticket.model, [], [ticket.order.size] * ticket.order.count)


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
    url = f"{ticket.base_url}/fal/files/{desk.keep(content, content_type, seconds=ticket.files_last)}"
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
        content = (desk.file(url.rpartition("/")[2]) or (b"", ""))[0]
    if not content:
        raise of_model("file_download_error", "Failed to download the file.", "image_url", url[:200])
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")):
            return content
    except (OSError, Image.DecompressionBombError):
        raise of_model("image_load_error", "Failed to load the image.", "image_url", url[:200]) from None


def _find(request: Request, desk: FalDesk) -> Ticket:
    ticket = desk.tickets.get(request.path_params["id"])
    if ticket is None or ticket.expires <= desk.now():
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
            if other.started is None and other.result is None and other.created < ticket.created
        ]
        return answer(request, 202, {**facts, "status": "IN_QUEUE", "queue_position": len(waiting)})
    return answer(request, 202, {**facts, "status": "IN_PROGRESS", "logs": []})


@endpoint("result")
async def result(request: Request, desk: FalDesk, call: dict[str, Any]) -> Answer:
    ticket = _find(request, desk)
    if ticket.result is None:
        raise FalError(400, "Request is still in progress")
    if ticket.deleted:
        raise FalError(404, f"The payload of request {ticket.id} was deleted")
    if error_type := ticket.result[1].get("error_type"):
        request.state.headers["x-fal-error-type"] = error_type
        if error_type == "request_timeout":
            request.state.headers["x-fal-request-timeout-type"] = "user"
    return answer(request, *ticket.result)


@endpoint("cancel")
async def cancel(request: Request, desk: FalDesk, call: dict[str, Any]) -> Answer:
    """What waits is taken out of the queue; what is in progress may stop, and is charged whether or not it does."""
    ticket = desk.tickets.get(request.path_params["id"])
    if ticket is None:
        return answer(request, 404, {"status": "NOT_FOUND"})
    if ticket.result is not None:
        return answer(request, 400, {"status": "ALREADY_COMPLETED"})
    ticket.task.cancel()
    ticket.result, ticket.finished = (499, CANCELED), time.monotonic()
    if ticket.started is None:
        return answer(request, 200, {"status": "OK"})
    _charge_whole(ticket)
    return answer(request, 202, {"status": "CANCELLATION_REQUESTED"})


@endpoint("forget")
async def forget(request: Request, desk: FalDesk, call: dict[str, Any]) -> Answer:
    """DELETE api.fal.ai/v1/models/requests/{id}/payloads: what went in, what came out, and the files that came out."""
    ticket = _find(request, desk)
    call["request_id"] = ticket.id
    ticket.deleted = True
    links = [image["url"] for image in (ticket.result or (0, {}))[1].get("images", [])]
    for link in links:
        desk.files.pop(link.rpartition("/")[2], None)
    return answer(request, 200, {"cdn_delete_results": [{"link": link, "exception": None} for link in links]})
