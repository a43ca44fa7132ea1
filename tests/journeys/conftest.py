"""Browser journeys: the whole product as `make run` starts it, and a real Chromium in front of it."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect, sync_playwright

from config.environment import ROOT
from tests.journeys.people import POOR, RICH, Person, people
from tests.journeys.seeds import Program
from tests.support.environment import free_port
from tests.support.processes import Copy

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 360, "height": 780}}
SCRIPT = "/_control/openai/script"
PATIENCE = 20_000
NETWORK_DELAY = 150
"""Milliseconds; nobody's product stands on their own machine."""
OVERTAKEN = ("htmx:afterRequest, ", "htmx:sendAbort, ")
"""What htmx says of a question that it took back for a newer one, as it should; a lost connection is htmx:sendError."""
PICTURES = Path(os.environ.get("JOURNEY_PICTURES", ROOT / "var" / "journeys"))
"""Screenshots of every run stay here, to be looked at."""
LATENCY = "0.3"
"""Seconds that a picture takes; a journey that has to see previews tells the twin to send them slowly."""


def each_size(first: str) -> list[Any]:
    """Parameters of a journey: `make test` walks it at the first size, `make proofs` at the others.

    Journeys whose layout has a way of its own on a phone come first there, by
    `@pytest.mark.parametrize("size", each_size("phone"), indirect=True)`.
    """
    return [size if size == first else pytest.param(size, marks=pytest.mark.proof) for size in SIZES]


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """One running copy for all journeys of this process."""
    made = Copy(tmp_path_factory.mktemp("copy"), free_port(), free_port(), SANDBOX_LATENCY=LATENCY)
    try:
        made.wait_until_ready()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def crowd(copy: Copy) -> dict[int, Iterator[Person]]:
    """Everybody who has not been on a journey yet, by the credits that they begin with."""
    copy.manage("shell", "--no-imports", "-c", "from tests.journeys import people; people.make()")
    return {credits: people(credits) for credits in (RICH, POOR)}


@pytest.fixture
def person(crowd: dict[int, Iterator[Person]]) -> Person:
    """Somebody whose workspace is empty, with 500 credits."""
    return next(crowd[RICH])


@pytest.fixture
def poor(crowd: dict[int, Iterator[Person]]) -> Person:
    """Somebody whose workspace is empty, with 5 credits."""
    return next(crowd[POOR])


@pytest.fixture
def program(copy: Copy, person: Person) -> Iterator[Program]:
    """A program of this person's workspace."""
    with Program(copy, person.slug) as one:
        yield one


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A Chromium that is installed, from CHROMIUM or the PATH.

    It ends behind the last journey: while Playwright runs, so does an event loop, in which Django refuses other tests
    its database. This folder has an `__init__.py`, since pytest knows no other packages.
    """
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        pytest.skip(
            "There is no Chromium: install one, or set CHROMIUM to its path, to run the browser journeys."
        )
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=each_size("desktop"))
def size(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def script(copy: Copy) -> Iterator[Callable[..., None]]:
    """Tells OpenAI's twin what to do to some calls, until the test is over."""

    def tell(*rules: dict[str, Any]) -> None:
        httpx.post(f"{copy.twins}{SCRIPT}", json=list(rules)).raise_for_status()

    yield tell
    httpx.delete(f"{copy.twins}{SCRIPT}").raise_for_status()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a window of its own person. What the console complained about fails the test behind it.

    Chromium also complains of each answer that refuses something; `refused` names the status that is meant to come.
    Each answer takes `delay` milliseconds more than it does on one machine, as it does for people.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(
        size: str = "desktop", refused: int | None = None, delay: int = NETWORK_DELAY, **options: Any
    ) -> Page:
        context = chromium.new_context(viewport=SIZES[size], has_touch=size == "phone", **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        context.new_cdp_session(page).send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": delay, "downloadThroughput": -1, "uploadThroughput": -1},
        )
        meant = (
            f"the server responded with a status of {refused} ",
            f"Response Status Error Code {refused} ",
        )

        def listen(message: ConsoleMessage) -> None:
            if (
                message.type == "error"
                and not any(words in message.text for words in meant)
                and not message.text.startswith(OVERTAKEN)
            ):
                complaints.append(message.text)

        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keeps a screenshot under the journey's name."""
    folder = PICTURES / request.node.name.replace("[", "-").rstrip("]")
    folder.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> None:
        file = folder / f"{name}.png"
        try:
            page.screenshot(path=file, animations="disabled")
        except Error:  # Chromium can't while it swaps a page for the next one
            page.wait_for_load_state()
            page.screenshot(path=file, animations="disabled")

    return take
