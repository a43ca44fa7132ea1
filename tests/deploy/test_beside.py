"""An upgrade under load: the last release's web, live and worker beside today's, on today's schema.

First the release prepares an empty database and serves. Then today's `prepare` runs while it takes orders. Then each of the
two orders by every way while the other one's worker works, and each serves the other's static files. Nothing may be lost.
"""

import json
import re
import sys
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from config.environment import ROOT
from tests.deploy.versions import PERIODIC, RELEASED, SCENE, Site, Version, client, released
from tests.faults.chaos.clients.api_client import FINISHED, TROUBLE
from tests.faults.chaos.clients.buyer import Buyer
from tests.faults.chaos.settling import OPEN
from tests.support import database

PATIENCE = 300.0
MODEL = {"model": "gpt-image-2.5-flare", "size": "816x816", "quality": "low"}
PAGES = (
    *("/", "/pricing", "/models", "/models/gpt-image-2", "/studio", "/gallery", "/batches", "/batches/new"),
    *("/styles", "/styles/new", "/references", "/billing", "/billing/purchases", "/billing/statement.csv"),
    *("/workspace", "/workspace/usage", "/workspace/usage.csv", "/developers", "/settings", "/api/docs/"),
)
ADMIN = ("/admin/", "/admin/generation/generation/", "/admin/billing/purchase/", "/admin/accounts/workspace/")
STATIC = re.compile(r'(?:href|src)="(/static/[^"?#]+)')
STRIPE_KEY = "sk_test_createiosandbox0000000000"


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    folder = tmp_path / "released"
    folder.mkdir()
    if not released(folder):
        message = f"SKIPPED: this clone does not have the commit that {RELEASED.name} names; fetch the whole history."
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn(message, stacklevel=2)
        pytest.skip(message)
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    name = f"{database.CLONE}{uuid.uuid4().hex[:8]}_beside"
    state = tmp_path / "state"
    state.mkdir()
    with database._server(), database.administer() as admin:
        database.create(admin, name, "template0")
        try:
            with Site(state, database.url(name)).twins_running() as made:
                yield made
        finally:
            database.drop(admin, name)


@pytest.mark.proof
@pytest.mark.xdist_group("machines")  # one after the other: each fills a machine
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_last_release_and_today_live_beside_each_other(earlier, site):
    old, new = Version("old", earlier, site), Version("new", ROOT, site)
    old.manage("prepare")
    token = old.shell(SCENE)
    with old.own_painter(), old.serving(is_told=True):
        # Releases whose function returns rows of a table fail where that waits for ALTER TABLE: an order, which is free.
        breaks = "SETOF billing_pricingtier" in (earlier / "billing/sql/tier.sql").read_text()
        with ordering(old.web, token, may_break=breaks) as ordered:
            new.manage("prepare")
        with new.serving():
            try:
                with new.working():
                    assert {ended(old.web, token, one)["status"] for one in ordered} == {"succeeded"}
                    by_old = trade(old, token, "old")
                with old.working():
                    by_new = trade(new, token, "new")
                    # Nobody announces to the old live process what its own worker does: it looks.
                    assert wait_for_images(old.live, token, "alone") == 1
                    old.shell(PERIODIC)
                    until(lambda: not waiting_jobs(site, old.tasks()), "Jobs of the old version")
                look_at_pages(old, new)
            except BaseException:
                sys.stdout.write(f"{old.said()}\n{new.said()}\n")
                raise
    with new.working():
        until(lambda: site.rows(OPEN) == [(0, 0)], "The end of what was open")
    assert by_old == by_new
    failed = {
        name for (name,) in site.rows("SELECT task_name FROM procrastinate_jobs WHERE status = 'failed'")
    }
    # Only a release that fails what it does not know leaves any; docs/operations/deploy.md says what to do.
    assert failed <= new.tasks() - old.tasks(), old.said()
    proof = "from billing.reconciliation.invariants import violations; print(violations())"
    assert new.shell(proof) == "[]"
    assert new.manage("reconcile").startswith("No difference")


def trade(version: Version, token: str, name: str) -> dict[str, Any]:
    """Order by every way of a version and wait for the ends, some with words that bring trouble; what it came to."""
    with client(version.web, token) as web, ThreadPoolExecutor(4) as pool:
        waited = pool.submit(wait_for_images, version.live, token, name)
        troubles = [order(web, f"{words} a bell", f"{name}{words}") for words in TROUBLE]
        several = order(web, "three bells", f"{name}-several", n=3)
        # Live processes from before announcements had a module of their own are told nothing by newer code.
        is_told = (version.folder / "core/database/announcements.py").exists()
        watched = pool.submit(watch, version.live, token, several) if is_told else None
        batch = ask(web, "POST", "/api/v1/batches", f"{name}-batch", {
            "name": name, "model": MODEL["model"], "quality": "low", "size": "1:1",
            "rows": [{"prompt": f"a bell, {number}"} for number in range(3)],
        })["id"]  # fmt: skip
        stopped = order(web, "a bell", f"{name}-stopped")
        ask(web, "POST", f"/api/v1/generations/{stopped}/cancel", f"{name}-cancel")
        credits = bought(version, token, name)
        result = {"waited": waited.result(PATIENCE), "credits": credits}
        result |= {key: ended(version.web, token, several)[key] for key in ("status", "charged")}
        at = f"/api/v1/batches/{batch}"
        until(lambda: ask(web, "GET", at)["status"] == "succeeded", "The end of the batch")
        assert watched is None or watched.result(PATIENCE) == "generation.succeeded"
        assert ended(version.web, token, stopped)["status"] in {"canceled", "succeeded"}
        for one in troubles:  # what becomes of them is a version's own; reconciling tells what it costs
            ended(version.web, token, one)
    assert (result["status"], result["charged"], result["waited"]) == ("succeeded", 3, 1)
    return result


def order(web: httpx.Client, prompt: str, key: str, n: int = 1, *, may_break: bool = False) -> str:
    """Order, and return the generation's id."""
    body = {**MODEL, "prompt": prompt, "n": n}
    return ask(web, "POST", "/api/v1/generations", key, body, may_break=may_break)["id"]


def ended(url: str, token: str, generation: str) -> dict[str, Any]:
    """A generation that has ended."""
    said: dict[str, Any] = {}

    def is_over() -> bool:
        nonlocal said
        said = ask(web, "GET", f"/api/v1/generations/{generation}")
        return said["status"] in FINISHED

    with client(url, token) as web:
        until(is_over, f"The end of {generation}")
    return said


def wait_for_images(live: str, token: str, name: str) -> int:
    """Call as OpenAI's client does; how many images came."""
    with client(live, token) as caller:
        body = {**MODEL, "size": "1024x1024", "prompt": f"a bell for {name}"}
        return len(ask(caller, "POST", "/v1/images/generations", f"wait-{name}", body)["data"])


def watch(live: str, token: str, generation: str) -> str:
    """Read a generation's stream to its end; the last event's type."""
    last = ""
    with (
        client(live, token) as caller,
        caller.stream(
            "GET", f"/api/v1/generations/{generation}/events", headers={"Accept": "text/event-stream"}
        ) as stream,
    ):
        assert stream.status_code == 200
        for line in stream.iter_lines():
            if line.startswith("event:"):
                last = line.removeprefix("event:").strip()
                if last.startswith("generation.") and last.rpartition(".")[2] in FINISHED:
                    return last
    return last


def bought(version: Version, token: str, name: str) -> int:
    """Buy a pack and pay for it; the credits that came."""
    buyer = Buyer(name, version.web, token, version.site.twins, STRIPE_KEY)
    with buyer.client, buyer.twin:
        bought = buyer.perform({"verb": "buy", "key": f"{name}-buy", "pack": "starter"})
        buyer.perform({"verb": "pay", "session": bought["session"]})
        return buyer.perform({"verb": "await", "id": bought["id"], "status": "paid"})["credits"]


@contextmanager
def ordering(url: str, token: str, *, may_break: bool) -> Iterator[list[str]]:
    """Order within the block, one after the other; the ids. A 503 with Retry-After is an answer, too."""
    made: list[str] = []
    over = threading.Event()

    def go() -> None:
        with client(url, token) as web:
            while not over.is_set():
                made.append(order(web, f"a bell, {len(made)}", f"during-{len(made)}", may_break=may_break))
                over.wait(1.0)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(go)
        try:
            yield made
        finally:
            over.set()
        running.result(PATIENCE)
    assert len(made) > 5


def look_at_pages(old: Version, new: Version) -> None:
    """Each page of both versions, and each style sheet and script of them at both."""
    files: dict[str, set[str]] = {}
    for version in (old, new):
        with client(version.web, cookies=old.cookie("alice@example.com")) as browser:
            pages = {page: browser.get(page) for page in PAGES}
        assert {page: answer.status_code for page, answer in pages.items()} == dict.fromkeys(PAGES, 200)
        with client(version.web, cookies=old.cookie("olga@example.com")) as browser:
            assert max(browser.get(page).status_code for page in ADMIN) < 400
        files[version.name] = {name for answer in pages.values() for name in STATIC.findall(answer.text)}
        assert len(files[version.name]) > 10
    assert files["old"] != files["new"]
    # Releases from before this module know the files alone that were there when they started.
    everywhere = (old.folder / "config/ui/collected.py").exists()
    for version in (old, new):
        with client(version.web) as browser:
            wanted = files["old"] | files["new"] if version is new or everywhere else files["old"]
            assert {name for name in wanted if browser.get(name).status_code != 200} == set()


def ask(
    web: httpx.Client,
    method: str,
    path: str,
    key: str = "",
    body: dict[str, Any] | None = None,
    *,
    may_break: bool = False,
) -> dict[str, Any]:
    """What was answered; what is told to come back does, with the same key, and what breaks does where it may."""
    headers = {"Idempotency-Key": key} if key else {}
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = web.request(method, path, headers=headers, json=body)
        if answer.status_code < 300:
            return json.loads(answer.text)
        assert time.monotonic() < deadline, answer.text
        if answer.status_code == 500 and may_break:
            continue
        assert answer.status_code in {409, 429, 503}, f"{method} {path}: {answer.status_code} {answer.text}"
        time.sleep(min(2.0, float(answer.headers["retry-after"])))


def waiting_jobs(site: Site, names: set[str]) -> list[Any]:
    """Jobs of these tasks that nobody has done yet."""
    found = site.rows("SELECT task_name FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
    return [name for (name,) in found if name in names]


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come."
        time.sleep(0.5)
