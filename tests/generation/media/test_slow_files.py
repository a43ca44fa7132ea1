"""Files that cost seconds, many at once: whoever brings them is answered or sent away, and nobody else notices."""

import io
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest
from django.db import connection
from PIL import Image as Pixels

from accounts import tokens
from accounts.models import Scope, User, Workspace
from tests.support import rate_limits
from tests.support.network.plain import NOBODY
from tests.support.processes import collect_static, serving

pytestmark = pytest.mark.proof

AT_ONCE = 17
POOL = 4
PATHS = ("/readyz", "/pricing")
PATIENCE = 8.0
"""Seconds in which a page has to be there however busy the machine is: it takes a hundredth of that on an idle one."""
CRUMBS = (
    struct.pack(">I", 24) + b"ftypavif" + bytes(4) + b"mif1avif" + (struct.pack(">I", 8) + b"free") * 60_000
)


def large() -> bytes:
    """A small file of 16 megapixels: seconds of work for whoever makes it anew."""
    written = io.BytesIO()
    Pixels.new("RGBA", (4000, 4000), "red").save(written, "PNG")
    return written.getvalue()


@pytest.fixture
def pool() -> int:
    return POOL


@pytest.fixture
def site(transactional_db: None, database_url: str, catalog: None, pool: int) -> Iterator[str]:
    """A process of its own with few connections, and a worker that reports."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() + interval '1 hour')"
        )
    rate_limits.allow(10_000)
    collect_static()
    with serving(database_url, pool=pool) as address:
        for path in PATHS:
            httpx.get(f"{address}{path}", verify=NOBODY, timeout=60)  # the first time there is more to load
        yield address


@contextmanager
def answering(site: str, paths: tuple[str, ...] = PATHS, **headers: str) -> Iterator[list[float]]:
    """Ask for /readyz and a page, one after the other, all the time; how long each took. All have to be there."""
    took: list[float] = []
    faults: list[str] = []
    done = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=site, verify=NOBODY, timeout=15, headers=headers) as client:
            while not done.is_set():
                for path in paths:
                    began = time.monotonic()
                    answer = client.get(path)
                    took.append(time.monotonic() - began)
                    if answer.status_code != 200:
                        faults.append(f"{path} answered {answer.status_code}: {answer.text[:300]}")

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield took
    finally:
        done.set()
        asking.join(30)
    assert not faults
    assert max(took) < PATIENCE


def together(post: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(post, range(AT_ONCE)))


def counted(answers: list[httpx.Response]) -> Counter[int]:
    """How many had which status; who was sent away was told when to come back."""
    assert all(int(one.headers["Retry-After"]) >= 1 for one in answers if one.status_code == 503)
    return Counter(one.status_code for one in answers)


def test_files_of_sixty_thousand_boxes_stop_no_page(site: str):
    def post(_: int) -> httpx.Response:
        with httpx.Client(base_url=site, verify=NOBODY, timeout=60) as client:
            client.get("/verify")
            fields = {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
            return client.post("/verify", data=fields, files={"file": ("a.avif", CRUMBS)})

    with answering(site):
        began = time.monotonic()
        answers = together(post)
        took = time.monotonic() - began
    found = counted(answers)
    assert found[200] >= 1
    assert found[200] + found[503] == AT_ONCE
    assert took < 2 * PATIENCE
    assert all("They could not be read" in one.text for one in answers if one.status_code == 200)
    assert all("try again" in one.text for one in answers if one.status_code == 503)


def test_pictures_that_cost_seconds_stop_no_page_and_no_other_workspace(
    site: str, workspace: Workspace, other_workspace: Workspace, alice: User, charlie: User
):
    data, small = large(), io.BytesIO()
    Pixels.new("RGB", (64, 64)).save(small, "PNG")
    _, mine = tokens.issue(workspace, name="mine", scopes=Scope.values, user=alice)
    _, theirs = tokens.issue(other_workspace, name="theirs", scopes=Scope.values, user=charlie)

    def post(token: str, file: bytes) -> httpx.Response:
        return httpx.post(
            f"{site}/api/v1/references",
            headers={"Authorization": f"Bearer {token}"},
            files={"file": ("a.png", file)},
            verify=NOBODY,
            timeout=90,
        )

    other: list[httpx.Response] = []
    late = threading.Timer(1.0, lambda: other.append(post(theirs, small.getvalue())))
    with answering(site):
        late.start()
        answers = together(lambda _: post(mine, data))
        late.join(60)
    found = counted(answers)
    assert found[201] >= 1
    assert found[201] + found[503] == AT_ONCE
    busy = next(one for one in answers if one.status_code == 503).json()
    assert (busy["code"], busy["charged"]) == ("busy", False)
    assert "Nothing was kept" in busy["detail"]
    assert [one.status_code for one in other] == [201]


@pytest.mark.parametrize("pool", [16])
def test_edits_that_cost_seconds_stop_no_other_call(
    site: str, workspace: Workspace, other_workspace: Workspace, alice: User, charlie: User
):
    data = large()
    _, mine = tokens.issue(workspace, name="mine", scopes=Scope.values, user=alice)
    _, theirs = tokens.issue(other_workspace, name="theirs", scopes=Scope.values, user=charlie)

    def post(_: int) -> httpx.Response:
        """An edit of a size that there is not: it is refused once its picture was read."""
        return httpx.post(
            f"{site}/v1/images/edits",
            headers={"Authorization": f"Bearer {mine}"},
            data={"prompt": "a fox", "size": "8x8"},
            files={"image": ("a.png", data)},
            verify=NOBODY,
            timeout=90,
        )

    with answering(site, (*PATHS, "/v1/models"), Authorization=f"Bearer {theirs}"):
        answers = together(post)
    found = counted(answers)
    assert found[400] >= 1
    assert found[400] + found[503] == AT_ONCE
    errors = [one.json()["error"] for one in answers]
    assert {one["code"] for one in errors} <= {"invalid_value", "busy"}
    assert all(one.headers["x-should-retry"] == "true" for one in answers if one.status_code == 503)
