"""What fal's twin would charge for the pictures that it received and drew is what we book, and less than what we take."""

import asyncio
import hashlib
import uuid
from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile

from accounts.models import Workspace
from generation.catalog import cache as rows
from generation.catalog.parameters import ImageParameters
from generation.media import storage
from generation.models import Attempt, Generation
from generation.orders import margins, pricing
from generation.orders.order import Order
from generation.providers import registry
from generation.providers.contract import DeliveredImage, ProviderCall
from generation.providers.memory_slots import MemorySlot
from generation.references import library
from generation.seeds import fal as seeds
from tests.generation.references.test_uploads import picture
from tests.support.twins import FalTwin, OpenAITwin

MODELS = {entry.row["slug"]: entry.row for entry in seeds.MODELS}
LARGE, SMALL = (1400, 1100), (64, 64)
"""One and a half megapixels, and hardly any: fal counts both as one once the large one is scaled."""
AT_ONCE = 10


@pytest.mark.django_db(transaction=True)  # one that is open and silent for so long would be ended
@pytest.mark.parametrize("slug", MODELS)
@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.proof)], ids=["ends", "every"])
def test_booked_is_billed_and_paid_for(slug: str, every: bool, catalog: None, fal: FalTwin, twin: str):
    """At every size, with every number of references or those at the ends, through the adapter as the worker calls it."""
    known, row = rows.load(), MODELS[slug]
    inputs = [picture("JPEG", size) for size in (LARGE, SMALL) * 4]
    sizes = [size for size in row["sizes"] if _is_lying(size)]  # those that stand have as many pixels
    counts = range(row.get("max_references", 0) + 1)
    asked = [
        (size, count) for size in sizes for count in (counts if every else sorted({*counts[:2], counts[-1]}))
    ]
    delivered = asyncio.run(_make(twin, row["upstream_id"], asked, inputs))
    calls = {call["request_id"]: call for call in fal.submissions()}
    assert len(calls) == len(asked)
    for (size, count), delivery in delivered.items():
        call = calls[delivery.request]
        assert len(call["references"]) == count
        assert all(_pixels(sent) <= 1024 * 1024 for sent in call["reference_sizes"])
        assert known.costs.cost_of(slug, delivery.units) == call["bill"] > 0, (size, count)
        assert known.costs.at_most(slug, "", _pixels(size), count) == call["bill"], (size, count)
        order = Order(
            "a red fox", slug, parameters=ImageParameters(size=size, quality=""), references=(None,) * count
        )
        prices = known.prices_of(known.models[slug], known.default_tier)
        assert pricing.quote(known.models[slug], order, prices).credits * margins.NET >= call["bill"], (
            size,
            count,
        )


async def _make(
    twin: str, model: str, asked: list[tuple[str, int]], inputs: list[bytes]
) -> dict[tuple[str, int], DeliveredImage]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(size: str, count: int) -> DeliveredImage:
        call = ProviderCall(
            attempt=uuid.uuid4(),
            base_url=f"{twin}/fal/queue",
            key="id:secret",
            model=model,
            prompt="a red fox",
            parameters=ImageParameters(size=size, quality="", output_format="jpeg"),
            references=tuple(inputs[:count]),
            mask=None,
            partials=0,
            room=MemorySlot(),
            end_user="",
            seconds=60.0,
        )
        async with places:
            delivery = await registry.make_image("fal", call, _nothing)
        call.room.leave()
        return delivery

    return dict(zip(asked, await asyncio.gather(*(one(*each) for each in asked)), strict=True))


async def _nothing(data: bytes) -> None:
    pass


@pytest.mark.parametrize(
    ("slug", "size", "count", "credits", "cost"),
    [
        ("flux-2-klein", "1024x1024", 0, 1, 6_000),
        ("flux-2-klein", "1024x1024", 1, 2, 22_000),
        ("flux-2-pro", "1536x1024", 1, 5, 60_000),
        ("flux-2-flex", "1024x1024", 1, 6, 100_000),
        ("flux-2-max", "2048x2048", 2, 20, 220_000),
    ],
)
def test_an_order_is_charged_and_booked_so(
    slug: str,
    size: str,
    count: int,
    credits: int,
    cost: int,
    make: Callable[..., Generation],
    funded: Workspace,
    fal: FalTwin,
):
    ours = [library.upload(funded, ContentFile(picture("JPEG", (1400, 1100 - at)))) for at in range(count)]
    generation = make(model=slug, size=size, quality="auto", references=tuple(one.pk for one in ours))
    (call,) = fal.submissions()
    assert generation.charged == credits
    assert Attempt.objects.get().cost == call["bill"] == cost


def _is_lying(size: str) -> bool:
    width, height = map(int, size.split("x"))
    return width >= height


def _pixels(size: str) -> int:
    width, height = map(int, size.split("x"))
    return width * height


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_large_reference_goes_to_fal_as_a_megapixel_of_the_same_shape(
    kind: str, make: Callable[..., Generation], funded: Workspace, fal: FalTwin
):
    kept = library.upload(funded, ContentFile(picture(kind, (4000, 1000))))
    before = storage.get(kept.file)
    make(model="flux-2-pro", quality="auto", references=(kept.pk,))
    (call,) = fal.submissions()
    assert call["reference_sizes"] == ["2048x512"]
    assert storage.get(kept.file) == before
    kept.refresh_from_db()
    assert (kept.width, kept.height) == (4000, 1000)


def test_openai_gets_references_as_they_are(
    make: Callable[..., Generation], funded: Workspace, openai: OpenAITwin
):
    kept = library.upload(funded, ContentFile(picture("JPEG", LARGE)))
    make(references=(kept.pk,))
    (call,) = openai.calls()
    assert call["references"] == [hashlib.sha256(storage.get(kept.file)).hexdigest()]
