"""Too few credits: the button sells them instead, and the words are there when one comes back."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import each_size
from tests.journeys.people import sign_in
from tests.journeys.test_story import balance

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
PROMPT = "A paper lantern above a night market, rain on the awnings"


@pytest.mark.parametrize("size", each_size("phone"), indirect=True)
def test_a_purchase_on_the_way_keeps_the_words(copy, new_page, picture, size, poor):
    page = new_page(size)
    sign_in(page, copy, poor.email)
    page.goto(f"{copy.url}/studio")
    page.get_by_role("textbox", name="Prompt").fill(PROMPT)
    if size == "phone":
        page.locator("details.settings > summary").click()
    page.locator("label", has=page.locator("#quality-high")).click()
    page.get_by_role("group", name="Images").get_by_text("2", exact=True).click()
    button = page.locator("#generate-button")
    expect(button).to_have_text(re.compile("Buy credits.*1 short"))
    expect(page.locator("#after")).to_contain_text("Needs 6, you have 5")
    expect(page.locator("#after")).to_contain_text("Your prompt is kept")
    picture(page, "01-short")
    page.get_by_role("textbox", name="Prompt").press("Control+Enter")
    page.wait_for_url("**/billing?need=1")
    picture(page, "02-packs")
    page.locator("label.pack", has_text="Starter").click()
    page.get_by_role("button", name=re.compile("Buy 400 credits")).click()
    page.get_by_role("button", name="Pay $10.00").click()
    expect(page.get_by_role("heading", name="400 credits added")).to_be_visible()
    page.get_by_role("link", name="Open Studio").click()
    expect(page.get_by_role("textbox", name="Prompt")).to_have_value(PROMPT)
    expect(button).to_contain_text("6 credits")
    expect(page.locator("#after")).to_contain_text("Balance after: 399")
    picture(page, "03-back")
    button.click()
    expect(page.locator("#strip .frame a[data-lightbox] > img")).to_have_count(2)
    balance(page, "399")
