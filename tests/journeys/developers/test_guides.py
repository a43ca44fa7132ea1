"""The guides in a browser, without signing in: searched, read in a language of one's own, and copied."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import SIZES

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]


def test_a_guide_is_found_by_the_keyboard_and_its_sample_copied(copy, new_page, picture):
    page = new_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{copy.url}/developers/docs")
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search")).to_be_focused()
    page.keyboard.type("insufficient cred")
    expect(page.get_by_role("option", name="insufficient_credits")).to_be_visible()
    picture(page, "01-found")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{copy.url}/developers/docs/errors#insufficient_credits")
    page.keyboard.press("/")
    page.keyboard.type("webhoks")
    expect(page.get_by_text(re.compile("Near: .*webhooks"))).to_be_visible()
    page.get_by_role("link", name="Quick start").click()
    samples = page.get_by_role("group", name="Sample")
    samples.nth(1).get_by_text("Python").click()
    expect(samples.nth(3).get_by_label("Python")).to_be_checked()
    samples.nth(1).get_by_role("button", name="Copy").click()
    assert page.evaluate("navigator.clipboard.readText()").startswith("import os\n\nimport httpx")
    page.get_by_role("link", name="Next Moving from OpenAI").click()
    expect(samples.first.get_by_label("Python")).to_be_checked()


def test_on_a_phone_the_list_unfolds(copy, new_page, picture):
    page = new_page()
    page.set_viewport_size(SIZES["phone"])
    page.goto(f"{copy.url}/developers/docs/webhooks")
    link = page.get_by_role("navigation", name="Guides").get_by_role("link", name="Idempotency")
    expect(link).to_be_hidden()
    page.get_by_text("All guides").click()
    expect(link).to_be_visible()
    picture(page, "01-unfolded")
    link.click()
    expect(page.get_by_role("heading", name="Idempotency", level=1)).to_be_visible()
