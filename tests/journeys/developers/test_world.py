"""A person rehearses in the test world: an image, a purchase, and back to the live world, where nothing has changed."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import each_size
from tests.journeys.people import sign_in
from tests.journeys.test_story import balance

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]


@pytest.mark.parametrize("size", each_size("desktop"), indirect=True)
def test_nothing_costs_money_there(copy, new_page, picture, size, poor):
    page = new_page(size)
    sign_in(page, copy, poor.email)
    page.goto(f"{copy.url}/studio")
    balance(page, "5")

    page.get_by_role("button", name=re.compile("^Workspace:") if size == "desktop" else "More").click()
    page.get_by_role("button", name="Enter the test world").click()
    banner = page.get_by_text("Test world: nothing here costs money")
    expect(banner).to_be_visible()
    balance(page, "1,000")
    page.get_by_role("textbox", name="Prompt").fill("A paper lantern above a night market")
    page.locator("#generate-button").click()
    expect(page.locator("#strip .frame a[data-lightbox] > img")).to_have_count(4)
    expect(banner).to_be_visible()
    picture(page, "01-test-world")

    page.goto(f"{copy.url}/billing")
    expect(banner).to_be_visible()
    page.locator("label.pack", has_text="Starter").click()
    page.get_by_role("button", name=re.compile("Buy 400 credits")).click()
    picture(page, "02-test-payment")
    page.get_by_role("button", name="Decline the card").click()
    expect(page.get_by_role("heading", name="Nothing was charged")).to_be_visible()
    page.goto(f"{copy.url}/billing")
    page.locator("label.pack", has_text="Starter").click()
    page.get_by_role("button", name=re.compile("Buy 400 credits")).click()
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect(page.get_by_role("heading", name="400 credits added")).to_be_visible()

    page.get_by_role("button", name="Back to live").click()
    expect(banner).to_have_count(0)
    balance(page, "5")
    expect(page.locator("#strip .frame a[data-lightbox]")).to_have_count(0)
    picture(page, "03-live")
