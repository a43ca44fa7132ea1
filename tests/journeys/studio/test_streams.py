"""One tab too many: it does without a stream until there is one again, and a hidden tab leaves its own to others."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from playwright.sync_api import Page

from generation.events.stream_limits import PER_PERSON
from tests.journeys.people import sign_in
from tests.support.network.plain import NOBODY

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
HIDE = """
Object.defineProperty(document, "hidden", { value: true, configurable: true });
document.dispatchEvent(new Event("visibilitychange"));
"""
SHOW = """
delete document.hidden;
document.dispatchEvent(new Event("visibilitychange"));
"""


@pytest.fixture
def others(copy) -> Iterator[Callable[[Page], ExitStack]]:
    """Opens streams of the page's person elsewhere, as many as they may have; until the stack is closed."""
    with ExitStack() as stack:
        http = stack.enter_context(httpx.Client(base_url=copy.url, verify=NOBODY, timeout=30))

        def take(page: Page) -> ExitStack:
            session = next(one["value"] for one in page.context.cookies() if one["name"] == "sessionid")
            headers = {"Cookie": f"sessionid={session}"}
            taken, number, end = stack.enter_context(ExitStack()), 0, time.monotonic() + 10
            while number < PER_PERSON:  # a stream that a page has just left takes a moment to end
                answer = taken.enter_context(http.stream("GET", "/studio/events", headers=headers))
                number += answer.status_code == 200
                if answer.status_code != 200:
                    answer.close()
                assert time.monotonic() < end, "There are not so many."
            return taken

        yield take


def test_a_tab_too_many_listens_when_it_is_looked_at_again(copy, new_page, person, others):
    page = new_page()
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/gallery")
    taken = others(page)
    with page.expect_response("**/studio/events") as stopped:
        page.goto(f"{copy.url}/studio")
    assert stopped.value.status == 204
    taken.close()
    page.evaluate(HIDE)
    with page.expect_response(
        "**/studio/events", timeout=5000
    ) as heard:  # at once, not when it tries again anyway
        page.evaluate(SHOW)
    assert heard.value.status == 200


def test_a_hidden_tab_leaves_its_stream_to_others(copy, new_page, person, others):
    page = new_page()
    sign_in(page, copy, person.email)
    page.clock.install()
    with page.expect_response("**/studio/events"):
        page.goto(f"{copy.url}/studio")
    page.evaluate(HIDE)
    page.clock.fast_forward(61_000)
    with others(page), page.expect_response("**/studio/events") as stopped:
        page.evaluate(SHOW)
    assert stopped.value.status == 204
