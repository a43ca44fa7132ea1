"""Pages of a gallery with 100,000 images and searches in it: whole requests through Django in this process."""

import itertools
import logging
import os
import random
import statistics
import time
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import Membership, Role, User, Workspace
from bench import load
from bench.figures import Figure
from billing import ledger
from core import ids
from generation.catalog.parameters import ImageParameters
from generation.orders.order import Order
from generation.orders.submit import submit

IMAGES, EACH = int(os.environ.get("BENCH_GALLERY", "100000")), 2
PAGE = 48
DEEP = 1_000
PAGE_BAR, RATIO_BAR, SEARCH_BAR = 50.0, 1.3, 100.0
SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "je",
    "ki",
    "lo",
    "mu",
    "na",
    "pe",
    "ri",
    "so",
    "tu",
    "va",
    "we",
    "xi",
    "yo",
    "zu",
    "bra",
    "cle",
    "dri",
    "flo",
    "gru",
    "pla",
]
WORDS = ["".join(pair) for pair in itertools.product(SYLLABLES, repeat=2)]
EMAIL = "gallery@example.com"

# Copies of a real generation and of a real image, with words of their own: the n-th word is drawn about 1/n as often.
GENERATIONS = """
    INSERT INTO generation_generation
    SELECT row.* FROM generate_series(1, %s) AS number, LATERAL (
        SELECT string_agg((%s::text[])[1 + floor(%s * random() ^ 4)::integer], ' ') AS words
        FROM generate_series(1, 12) WHERE number > 0
    ) AS said, bench_one_generation AS sample, LATERAL jsonb_populate_record(
        NULL::generation_generation,
        to_jsonb(sample) || jsonb_build_object('id', uuidv7(), 'prompt', words, 'sent_prompt', words, 'status', 'succeeded')
    ) AS row
"""
PICTURES = """
    INSERT INTO generation_image
    SELECT row.* FROM (SELECT id FROM generation_generation WHERE workspace_id = %s AND status = 'succeeded') AS made,
        generate_series(0, %s) AS number, bench_one_image AS sample, LATERAL jsonb_populate_record(
            NULL::generation_image,
            to_jsonb(sample) || jsonb_build_object(
                'id', uuidv7(), 'generation_id', made.id, 'index', number, 'status', 'stored', 'file', 'w/bench.png',
                'thumbnail', 'w/bench.webp', 'format', 'png', 'width', 1024, 'height', 1024, 'size', 1000000,
                'finished_at', now()
            )
        ) AS row
"""


def measure() -> list[Figure]:
    logging.getLogger("createio.request").setLevel(logging.WARNING)  # a line per page would be measured too
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    workspace, client = _filled()
    position = PAGE * min(DEEP, IMAGES // PAGE - 2)
    after = workspace.images.filter(status="stored").order_by("-pk").values_list("pk", flat=True)[position]
    paths = {"first": "/gallery", "deep": f"/gallery?after={ids.public('img', after)}"}
    took = _interleaved({name: _getter(client, path) for name, path in paths.items()})
    searches = {
        "rare": f"/gallery?q={WORDS[-1]}",
        "two words": f"/gallery?q={WORDS[3]}+{WORDS[40]}",
        "common": f"/gallery?q={WORDS[0]}",
    }
    found = _interleaved({name: _getter(client, path) for name, path in searches.items()})
    medians = {name: statistics.median(times) for name, times in {**took, **found}.items()}
    page, search = (max(_p95(times) for times in several.values()) for several in (took, found))
    in_words = ", ".join(f"{name} {medians[name]:.1f}" for name in found)
    images = f"{IMAGES:,} images"
    return [
        Figure("gallery_page", page, "ms p95", f"{medians['first']:.1f} ms first page", medians["deep"],
               f"ms page {position // PAGE:,}; {images}", PAGE_BAR, at_least=False),
        Figure("gallery_page_ratio", medians["deep"] / medians["first"], "of the first page", f"{medians['deep']:.1f} ms",
               medians["first"], "ms", RATIO_BAR, at_least=False),
        Figure("search_page", search, "ms p95", in_words, None, images, SEARCH_BAR, at_least=False),
    ]  # fmt: skip


def _filled() -> tuple[Workspace, Client]:
    workspace = Workspace.objects.create(name="Gallery", slug="gallery")
    user = User.objects.create_user(EMAIL, os.urandom(12).hex(), name="Gallery")
    Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    ledger.grant(workspace, 10, key="gallery", reference="bench")
    sample = submit(
        workspace,
        Order(
            prompt="A lighthouse", model="gpt-image-2.5-flare", parameters=ImageParameters(size="1024x1024")
        ),
        source="api",
    )
    with connection.cursor() as cursor:
        for name, row in (("generation", sample.pk), ("image", sample.images.get().pk)):
            cursor.execute(
                f"CREATE TABLE bench_one_{name} AS SELECT * FROM generation_{name} WHERE id = %s", [row]
            )
        cursor.execute(GENERATIONS, [IMAGES // EACH, WORDS, len(WORDS)])
        cursor.execute(PICTURES, [workspace.pk, EACH - 1])
        cursor.execute("VACUUM ANALYZE")
    client = Client()
    client.force_login(user)
    return workspace, client


def _getter(client: Client, path: str) -> Callable[[], None]:
    def get() -> None:
        answer = client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.headers.get('location')}"

    return get


def _interleaved(cases: dict[str, Callable[[], None]]) -> dict[str, list[float]]:
    """Milliseconds of each call, the cases in random order round by round for as long as two rounds of load last."""
    for case in cases.values():
        case()
    took: dict[str, list[float]] = {name: [] for name in cases}
    end = time.monotonic() + 2 * load.seconds()
    while time.monotonic() < end or len(next(iter(took.values()))) < 20:
        for name in random.sample(list(cases), len(cases)):
            start = time.perf_counter()
            cases[name]()
            took[name].append(1000 * (time.perf_counter() - start))
    return took


def _p95(times: list[float]) -> float:
    return sorted(times)[int(0.95 * (len(times) - 1))]
