"""Small versions of a stored image, from the lease to the row, beside libvips making one of the same bytes."""

import logging
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import pyvips
from django.conf import settings
from django.db import connection, connections
from django.db.models.functions import Now
from django.test import Client

from bench import crowd, load, picture
from bench.figures import Figure, beside
from generation.catalog.parameters import ImageParameters
from generation.media import storage, urls
from generation.media.small import on_demand
from generation.media.small.sizes import THUMBNAIL
from generation.models import Image, ImageStatus
from generation.orders.order import Order
from generation.orders.submit import submit

IMAGES = 40
"""In a round; one more pays for connections and imports."""
EACH = 4
TILES, ASKED = 48, 6
"""What the gallery shows first, and how many of them a browser asks for at a time."""
BAR, LOOK_BAR = 1.5, 1.5


def measure() -> list[Figure]:
    logging.getLogger("createio.request").setLevel(logging.WARNING)  # a line per file would be measured too
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    found = beside(_ours, _anchor, load.rounds())
    looks = [_first_look() for _ in range(load.rounds())]
    standing = sum(originals for _, originals in looks)
    return [
        Figure("derive_cpu", found.ratio, "of libvips alone", f"{found.ours:.1f} CPU-ms/image", found.anchor,
               "CPU-ms/image: decode, shrink, WebP", BAR, at_least=False),
        Figure("first_look", statistics.median(took for took, _ in looks), "s", f"{TILES} tiles, {standing} shown as originals", None,
               f"{ASKED} at a time", LOOK_BAR, at_least=False),
    ]  # fmt: skip


def _ours() -> float:
    """CPU-ms per image of this process: lease, read, render, hash, store, record."""
    images = iter(_stored(IMAGES + 1))

    def make() -> None:
        if not on_demand.ensure(next(images)):
            raise RuntimeError("No small version was made.")

    return _spent(make)


def _anchor() -> float:
    """The same for one small version of bytes in memory, and nothing else."""
    data = picture.png()

    def make() -> None:
        small = pyvips.Image.thumbnail_buffer(data, THUMBNAIL, fail_on="truncated")
        small.webpsave_buffer(Q=80, effort=0, keep="none")

    return _spent(make)


def _spent(work: Callable[[], None]) -> float:
    work()
    before = time.process_time()
    for _ in range(IMAGES):
        work()
    return 1000 * (time.process_time() - before) / IMAGES


def _first_look() -> tuple[float, int]:
    """Seconds until a browser has all tiles of a page whose small versions nobody has made, and how many came as originals."""
    addresses = [urls.signed_url(image, urls.Variant.THUMBNAIL) for image in _stored(TILES)]

    def look(address: str) -> bool:
        answer = Client().get(address)
        connections.close_all()
        if answer.status_code != HTTPStatus.OK:
            raise RuntimeError(f"{answer.status_code}: {answer.content[:200]!r}")
        return answer["Content-Type"] != "image/webp"

    began = time.perf_counter()
    with ThreadPoolExecutor(ASKED) as browser:
        originals = sum(browser.map(look, addresses))
    return time.perf_counter() - began, originals


def _stored(count: int) -> list[Image]:
    """Stored images whose small versions nobody has made: written past the worker, which is not measured here."""
    workspace = crowd.workspaces()[0]
    order = Order(
        prompt="A lighthouse",
        model="gpt-image-2.5-flare",
        n=EACH,
        parameters=ImageParameters(size="1024x1024", quality="medium"),
    )
    data = picture.png()
    storage.put(name := storage.new_key(workspace.pk, "images", "png"), data)
    made = [submit(workspace, order, source="api").pk for _ in range(-(-count // EACH))]
    rows = Image.objects.filter(generation__in=made)
    rows.update(
        status=ImageStatus.STORED, file=name, format="png", width=picture.EDGE, height=picture.EDGE,
        size=len(data), finished_at=Now(),
    )  # fmt: skip
    found = list(rows[:count])
    connection.close()
    return found
