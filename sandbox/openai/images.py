"""POST /v1/images/generations and /v1/images/edits, whole or streamed.

Source of the shapes: the official SDK's `types/images_response.py`, `image_gen_*_event.py`, `image_edit_*_event.py`.
"""

import asyncio
import base64
import hashlib
import io
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image
from starlette.requests import Request

from sandbox import trouble
from sandbox.faults import Fault
from sandbox.openai import order as orders
from sandbox.openai.catalog import MODELS, Model
from sandbox.openai.desk import TwinState, count, endpoint, error_body, json_headers
from sandbox.openai.errors import moderation_blocked, not_enabled, unverified
from sandbox.openai.order import Order
from sandbox.pictures.spec import Spec
from sandbox.wire import Answer

LOGGED = [
    "model",
    "prompt",
    "n",
    "size",
    "quality",
    "background",
    "output_format",
    "output_compression",
    "stream",
    "partial_images",
    "user",
    "safety_identifier",
    "moderation",
]
NO_FAULT = Fault("")
REFUSALS = {"not_enabled": not_enabled, "unverified": unverified}


@dataclass
class Job:
    """One order being processed."""

    desk: TwinState
    order: Order
    fault: Fault
    call: dict[str, Any]
    event: str  # image_generation or image_edit, the prefix of stream events
    variation: int = 0
    drawn: dict[int, str] = field(default_factory=dict)  # sha256 of finished pictures by their index

    def spec(self, index: int, preview: float = 1.0) -> Spec:
        order = self.order
        spec = Spec(
            prompt=order.prompt,
            model=order.model.id,
            size=order.size,
            quality=order.quality,
            index=index + self.variation,
            transparent=order.background == "transparent",
            output_format=order.output_format,
            compression=order.output_compression,
            references=tuple(order.references),
            mask=order.mask,
            preview=preview,
        )
        if self.fault.do == "wrong_size":
            width, _, height = str(self.fault.get("size", "992x992")).partition("x")
            spec = replace(spec, size=(int(width), int(height)))
        elif self.fault.do == "wrong_format":
            other = "jpeg" if order.output_format == "png" else "png"
            spec = replace(spec, output_format=self.fault.get("format", other))
        elif self.fault.do == "no_alpha":
            spec = replace(spec, transparent=False)
        return spec

    async def picture(self, index: int, preview: float = 1.0) -> bytes:
        """Base64 of one picture; a finished one is written to the log."""
        content = await self.desk.studio.draw(self.spec(index, preview))
        if self.fault.do == "corrupt":
            noise = hashlib.shake_256(content).digest(max(0, len(content) - 24))
            content = content[:24] + noise
        if preview == 1.0:
            self.drawn[index] = hashlib.sha256(content).hexdigest()
            self.call["images"] = [self.drawn[number] for number in sorted(self.drawn)]
        encoded = base64.b64encode(content)
        return b"!not*base64!" + encoded[12:] if self.fault.do == "bad_base64" else encoded

    def facts(self) -> dict[str, Any]:
        order = self.order
        facts = {
            "background": order.background,
            "output_format": order.output_format,
            "quality": order.quality,
            "size": order.size_name,
        }
        return facts | ({"model": self.other_model()} if self.fault.do == "other_model" else {})

    def other_model(self) -> Any:
        """The model that answers in place of the one that was ordered."""
        usual = "gpt-image-2" if self.order.model.id != "gpt-image-2" else "gpt-image-2.5-flare"
        return self.fault.get("model", usual)

    def drawing_model(self) -> Model:
        """The model whose tokens are counted."""
        other = MODELS.get(str(self.other_model())) if self.fault.do == "other_model" else None
        return other if other and self.order.quality in other.grids else self.order.model

    def usage(self, pictures: int) -> dict[str, Any]:
        order = self.order
        text = -(-len(order.prompt.encode()) // 4) + 7
        image = sum(_reference_tokens(content) for content in order.references)
        partials = order.partial_images if order.stream else 0
        output = self.drawing_model().output_tokens(order.quality, *order.size, partials) * pictures
        self.call["billed"] = {"input_tokens": text + image, "output_tokens": output}
        return {
            "input_tokens": text + image,
            "input_tokens_details": {"image_tokens": image, "text_tokens": text},
            "output_tokens": output,
            "output_tokens_details": {"image_tokens": output, "text_tokens": 0},
            "total_tokens": text + image + output,
        }


def _reference_tokens(content: bytes) -> int:
    with Image.open(io.BytesIO(content)) as image:
        return max(64, min(1536, round(image.width * image.height / 1024)))


@endpoint
async def generations(request: Request, desk: TwinState, call: dict[str, Any]) -> Answer:
    return await _images(request, desk, call, edit=False)


@endpoint
async def edits(request: Request, desk: TwinState, call: dict[str, Any]) -> Answer:
    return await _images(request, desk, call, edit=True)


async def _images(request: Request, desk: TwinState, call: dict[str, Any], *, edit: bool) -> Answer:
    parameters = await orders.read(request)
    call |= {name: parameters[name] for name in LOGGED if name in parameters}
    call["references"] = [
        hashlib.sha256(content).hexdigest() for content in parameters.get("image", []) if edit
    ]
    if edit and parameters.get("mask"):
        call["mask"] = hashlib.sha256(parameters["mask"]).hexdigest()
    count(request, desk, str(parameters.get("model")), len(call["references"]))
    fault = desk.script.take(call) or NO_FAULT
    call["fault"] = fault.do or None
    early = await trouble.before_work(fault, request, request.state.headers, error_body)
    if early is not None:
        return early
    order = orders.check(parameters, edit=edit)
    call |= {"size": order.size_name, "quality": order.quality, "n": order.n, "model": order.model.id}
    if fault.do in REFUSALS:
        raise REFUSALS[fault.do](order.model.id)
    if fault.do == "moderation_input":
        raise moderation_blocked("input", fault.get("categories", ["violence"]))
    job = Job(desk, order, fault, call, "image_edit" if edit else "image_generation")
    if key := call[
        "idempotency_key"
    ]:  # upstream draws anew for each call: so does the twin where calls have names
        job.variation = int(hashlib.sha256(key.encode()).hexdigest()[:8], 16)
    if fault.do == "made_then_status":
        await whole(job)
        # Nobody gets them, and they are billed all the same.
        call["images"] = []
        return trouble.gateway_answer(fault, request.state.headers)
    if order.stream and fault.do != "no_stream":
        headers = {
            **request.state.headers,
            "content-type": "text/event-stream; charset=utf-8",
            "cache-control": "no-cache",
        }
        answer = Answer(200, headers, stream(job))
        if fault.do == "partial_then_reset":
            answer.body, answer.cut = cut_stream(job), 1 << 60  # the reset comes when the previews end
    else:
        answer = Answer(200, json_headers(request), await whole(job))
    return trouble.on_the_way(fault, answer)


async def whole(job: Job) -> bytes:
    """The JSON answer."""
    count = job.order.n
    if job.fault.do == "wrong_count":
        count = int(job.fault.get("count", count - 1))
    pictures, _ = await asyncio.gather(
        asyncio.gather(*(job.picture(index) for index in range(count))),
        asyncio.sleep(job.desk.settings.latency),
    )
    if job.fault.do == "moderation_output":
        job.call["images"] = []
        raise moderation_blocked("output", job.fault.get("categories", ["violence"]))
    head = json.dumps(
        {"created": int(time.time()), **job.facts(), "usage": job.usage(count)}, separators=(",", ":")
    )
    data = b",".join(b'{"b64_json":"' + picture + b'"}' for picture in pictures)
    return head[:-1].encode() + b',"data":[' + data + b"]}"


async def stream(job: Job) -> AsyncIterator[bytes]:
    """Server-sent events: previews spread over the latency, then the finished pictures."""
    partials = job.order.partial_images
    pause = job.desk.settings.latency / (partials + 1)
    count = job.order.n
    if job.fault.do == "wrong_count":
        count = int(job.fault.get("count", count - 1))
    until = int(job.fault.get("count", 0)) if job.fault.do == "stream_error" else partials
    for number in range(min(partials, until)):
        preview, _ = await asyncio.gather(job.picture(0, (number + 1) / (partials + 1)), asyncio.sleep(pause))
        yield event(job, "partial_image", preview, {"partial_image_index": number})
        if job.fault.do == "moderation_output":
            break
    if job.fault.do == "moderation_output":
        refusal = moderation_blocked("output", job.fault.get("categories", ["violence"])).error()
        yield b"event: error\ndata: " + json.dumps({"type": "error", "error": refusal}).encode() + b"\n\n"
        return
    if job.fault.do == "stream_error":
        yield error_event(job.fault)
        return
    await asyncio.sleep(pause)
    for index in range(count):
        yield event(job, "completed", await job.picture(index), {"usage": job.usage(1)})


def error_event(fault: Fault) -> bytes:
    """An error that comes when the answer has begun, and so has no status."""
    told = {
        "message": fault.get("message", "The server had an error while processing your request."),
        "type": fault.get("type", "server_error"),
        "param": None,
        "code": fault.get("code"),
    }
    document = {**told, "type": "error"} if fault.get("flat") else {"type": "error", "error": told}
    return b"event: error\ndata: " + json.dumps(document).encode() + b"\n\n"


async def cut_stream(job: Job) -> AsyncIterator[bytes]:
    """The stream until the scripted number of previews, after which the connection is reset."""
    wanted = int(job.fault.get("count", 1))
    async for piece in stream(job):
        if b".completed\n" in piece[:60]:
            break
        yield piece
        wanted -= 1
        if wanted <= 0:
            break


def event(job: Job, kind: str, picture: bytes, facts: dict[str, Any]) -> bytes:
    name = f"{job.event}.{kind}"
    head = json.dumps(
        {"type": name, "created_at": int(time.time()), **job.facts(), **facts}, separators=(",", ":")
    )
    return f"event: {name}\ndata: ".encode() + head[:-1].encode() + b',"b64_json":"' + picture + b'"}\n\n'
