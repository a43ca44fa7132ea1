"""The tools: what each takes and answers, and which addresses of the REST API it asks."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final
from uuid import UUID

from mcp.types import ImageContent

from accounts.models import Workspace
from api.mcp import arguments, previews
from api.mcp.arguments import LONGEST_WAIT
from api.mcp.rest import Caller
from api.mcp.schemas import Kind
from api.mcp.threads import READING, WORK
from api.serializers.base import Body
from api.serializers.billing import BalanceSerializer
from api.serializers.generations import GenerationSerializer, OrderBody, QuoteAnswerSerializer
from api.serializers.images import GalleryImageSerializer
from api.serializers.models import ModelSerializer
from api.serializers.representations import represent
from api.views.billing import BalanceView
from api.views.generations import GenerationsView, GenerationView, QuotesView
from api.views.images import ImagesView
from api.views.models import ModelsView
from api.views.references import ReferencesView
from api.views.schema import envelope
from api.waiting.waiters import wait_until_finished
from core import ids
from core.errors import Refusal
from generation.models import FINISHED, Status

MODELS, QUOTES, IMAGES = ModelsView.as_view(), QuotesView.as_view(), ImagesView.as_view()
GENERATIONS, GENERATION = GenerationsView.as_view(), GenerationView.as_view()
BALANCE, REFERENCES = BalanceView.as_view(), ReferencesView.as_view()
READ_IMAGES_WITHIN: Final = 30.0
"""Seconds for all the links of an edit together."""
NOTHING_MADE: Final = frozenset({Status.FAILED, Status.CANCELED})
log = logging.getLogger("createio.request")

type Said = Mapping[str, Any]


class ImagesTooSlow(Refusal):
    """The links of an edit could not be read in time."""

    code: ClassVar[str] = "images_too_slow"
    status: ClassVar[int] = 408


@dataclass(frozen=True, slots=True)
class Told:
    """What a tool answers.

    Attributes:
        data: as the REST API would tell it.
        pictures: small ones, of what `data` is about.
        is_error: whether what was asked for was not made.
    """

    data: dict[str, Any]
    pictures: list[ImageContent] = field(default_factory=list)
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool.

    Attributes:
        name, title, description: for agents and their people.
        takes: its arguments.
        answers: the serializer of its answer.
        run: calls it; what was said is checked by `takes`, and as it was sent.
        is_read: whether it changes nothing.
    """

    name: str
    title: str
    description: str
    takes: type[Body]
    answers: Kind
    run: Callable[[Caller, Said], Awaitable[Told]]
    is_read: bool = True


async def _list_models(caller: Caller, said: Said) -> Told:
    return Told(await caller.ask(MODELS, "GET", "/api/v1/models", query=said))


async def _quote(caller: Caller, said: Said) -> Told:
    return Told(await caller.ask(QUOTES, "POST", "/api/v1/quotes", body=said))


async def _generate(caller: Caller, said: Said) -> Told:
    order = {"quote": said["quote"]}
    placed = await caller.ask(GENERATIONS, "POST", "/api/v1/generations", body=order)
    return await _waited(caller, placed, said.get("wait_seconds", LONGEST_WAIT))


async def _edit(caller: Caller, said: Said) -> Told:
    began = time.monotonic()
    own = {"images", "mask", "key", "wait_seconds"}
    order = {name: value for name, value in said.items() if name not in own}
    try:
        async with asyncio.timeout(READ_IMAGES_WITHIN):
            order["references"] = [await _reference(caller, one) for one in said["images"]]
            if "mask" in said:
                order["mask"] = await _reference(caller, said["mask"], is_mask=True)
    except TimeoutError as error:
        raise ImagesTooSlow(
            f"The images could not be read in {READ_IMAGES_WITHIN:.0f} seconds. Nothing was charged; upload them as references, or use faster links.",
            param="images",
        ) from error
    placed = await caller.ask(GENERATIONS, "POST", "/api/v1/generations", body=order, key=said["key"])
    left = said.get("wait_seconds", LONGEST_WAIT) - (time.monotonic() - began)
    return await _waited(caller, placed, max(0.0, left))


async def _reference(caller: Caller, given: str, *, is_mask: bool = False) -> str:
    """Return the id of a reference; the same image again is the same reference."""
    if given.startswith("rfe_"):
        return given
    link = {"url": given, "is_mask": is_mask}
    kept = await caller.ask(REFERENCES, "POST", "/api/v1/references", body=link, threads=READING)
    found: str = kept["id"]
    return found


async def _waited(caller: Caller, placed: dict[str, Any], seconds: float) -> Told:
    """Wait for what was ordered, on no thread and without a connection, and tell how it stands."""
    generation, workspace = ids.parse("gen", placed["id"]), caller.token.workspace
    assert generation is not None, "the REST API has just answered with it"
    try:
        if placed["status"] not in FINISHED and seconds:
            await wait_until_finished(workspace.pk, generation, seconds)
        return await WORK.run(workspace.pk, _tell, workspace, generation)
    except Exception:
        # The order stands, and a refusal would say that nothing was charged.
        log.exception("What became of an order could not be told")
        return Told(placed)


def _tell(workspace: Workspace, generation: UUID) -> Told:
    made = workspace.generations.select_related("style_version").get(pk=generation)
    return Told(represent(made)[0], previews.of(workspace, generation), is_error=made.status in NOTHING_MADE)


async def _get_generation(caller: Caller, said: Said) -> Told:
    path = f"/api/v1/generations/{said['id']}"
    data = await caller.ask(GENERATION, "GET", path, arguments={"id": said["id"]})
    generation, workspace = ids.parse("gen", data["id"]), caller.token.workspace
    assert generation is not None, "the REST API has just answered with it"
    return Told(data, await WORK.run(workspace.pk, previews.of, workspace, generation))


async def _list_images(caller: Caller, said: Said) -> Told:
    return Told(await caller.ask(IMAGES, "GET", "/api/v1/images", query=said))


async def _balance(caller: Caller, said: Said) -> Told:
    return Told(await caller.ask(BALANCE, "GET", "/api/v1/balance"))


ALL: Final = (
    Tool(
        "list_models",
        "List models",
        "List the models that make images, with what each can do (sizes, qualities, formats, references, masks), what it costs in "
        "credits, its health, and its end if it has one.",
        arguments.PageArguments,
        envelope(ModelSerializer),
        _list_models,
    ),
    Tool(
        "quote",
        "Quote an order",
        "Say what an order of images costs, in credits. Costs nothing. The answer's id is what `generate` takes; the price holds until "
        "expires_at. Show the price to the person who pays before you generate.",
        OrderBody,
        QuoteAnswerSerializer,
        _quote,
        is_read=False,
    ),
    Tool(
        "generate",
        "Make the images of a quote",
        "Make the images of a quote and charge exactly its credits, for images that are made. Waits for them; if the answer's status is "
        "still queued or running, call it again with the same quote, or get_generation. Calling it again never makes or charges "
        "anything twice.",
        arguments.GenerateArguments,
        GenerationSerializer,
        _generate,
        is_read=False,
    ),
    Tool(
        "edit",
        "Edit images",
        "Make images from other images, by references or https links, and charge at most max_credits. Waits as generate does. Use the "
        "same key to ask again for the same edit: it is made and charged once.",
        arguments.EditArguments,
        GenerationSerializer,
        _edit,
        is_read=False,
    ),
    Tool(
        "get_generation",
        "Get a generation",
        "Show how a generation stands: its images with links to the originals, what was charged, and why an image failed.",
        arguments.GenerationArguments,
        GenerationSerializer,
        _get_generation,
    ),
    Tool(
        "list_images",
        "List images",
        "List the workspace's stored images, newest first, with links to the originals that work for a few minutes.",
        arguments.ImagesArguments,
        envelope(GalleryImageSerializer),
        _list_images,
    ),
    Tool(
        "balance",
        "Show the balance",
        "Show the workspace's credits: available, held for orders under way, and owed.",
        Body,
        BalanceSerializer,
        _balance,
    ),
)
BY_NAME: Final = {tool.name: tool for tool in ALL}
