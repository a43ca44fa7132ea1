"""Whoever chooses and presses before the new price is back orders what was chosen, at its price."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import each_size
from tests.journeys.people import sign_in
from tests.journeys.test_story import balance

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
DELAY = 600
PROMPT = "A stack of marbled paper, one sheet folded"


def studio(page: Page, copy, size: str, email: str):
    sign_in(page, copy, email)
    page.goto(f"{copy.url}/studio")
    page.get_by_role("textbox", name="Prompt").fill(PROMPT)
    if size == "phone":
        page.locator("details.settings > summary").click()
    expect(page.locator("#generate-button")).to_contain_text("4 credits")


def choose(page: Page, name: str):
    page.locator("label", has=page.locator(f"#{name}")).click()


@pytest.mark.parametrize("size", each_size("phone"), indirect=True)
def test_generate_waits_for_the_price(copy, new_page, picture, size, person):
    page = new_page(size, delay=DELAY)
    studio(page, copy, size, person.email)
    choose(page, "quality-high")
    choose(page, "n-2")
    page.locator("#generate-button").click()
    expect(page.locator("#generate-button")).to_have_attribute("aria-busy", "true")
    picture(page, "01-waiting")
    card = page.locator("#strip article.generation").first
    expect(card.locator(".frame a[data-lightbox] > img")).to_have_count(2)
    expect(card).to_contain_text("6 credits")
    balance(page, "494")
    assert page.locator("#strip article.generation").count() == 1


def test_a_press_that_outlives_its_button_counts(copy, new_page, person):
    page = new_page(delay=DELAY)
    studio(page, copy, "desktop", person.email)
    choose(page, "n-2")
    page.locator("#generate-button .price").hover()
    page.mouse.down()
    expect(page.locator("#generate-button")).to_contain_text("2 credits")
    page.mouse.up()
    expect(page.locator("#strip .frame a[data-lightbox] > img")).to_have_count(2)
    balance(page, "498")


def test_a_price_that_does_not_come_orders_nothing_and_says_so(copy, new_page, person):
    page = new_page(delay=DELAY, refused=503)
    studio(page, copy, "desktop", person.email)
    page.route("**/studio/quote", lambda route: route.fulfill(status=503, headers={"Retry-After": "2"}))
    choose(page, "n-2")
    page.locator("#generate-button").click()
    expect(page.get_by_role("alert").filter(has_text="The price did not arrive")).to_be_visible()
    page.unroute("**/studio/quote")
    choose(page, "n-3")
    page.locator("#generate-button").click()
    expect(page.locator("#strip .frame a[data-lightbox] > img")).to_have_count(3)
    balance(page, "497")


def test_who_chose_more_than_the_balance_is_told_before_anything_is_bought(copy, new_page, poor):
    page = new_page(delay=DELAY)
    studio(page, copy, "desktop", poor.email)
    choose(page, "quality-high")
    page.locator("#generate-button").click()
    expect(page.locator("#generate-button")).to_contain_text("7 short")
    assert page.url.endswith("/studio")
    balance(page, "5")


def test_a_batch_starts_with_what_was_chosen_last(copy, new_page, picture, size, person):
    page = new_page(size, delay=DELAY)
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/batches/new")
    page.get_by_label("Paste lines").fill("A brass bell\nA quince on linen")
    page.get_by_role("button", name="Check rows").click()
    start = page.get_by_role("button", name="Start 2 rows")
    expect(start).to_contain_text("2 credits")
    choose(page, "quality-high")
    start.click()
    page.wait_for_url(lambda url: "/batches/bat_" in url)
    expect(page.get_by_text("6 credits", exact=True).first).to_be_visible()
    picture(page, "01-started")
    balance(page, "494")
