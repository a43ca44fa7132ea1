"""Places that are found again: the Studio's settings after a reload, and an image's place in the gallery."""

import pytest
from playwright.sync_api import expect

from tests.journeys.people import sign_in

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
IMAGES = 56
IN_VIEW = "tile => tile.getBoundingClientRect().bottom > 0 && tile.getBoundingClientRect().top < innerHeight"


def test_settings_are_there_after_a_reload_and_in_another_tab(copy, new_page, person):
    page = new_page()
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/studio")
    page.locator("label", has=page.locator("#quality-high")).click()
    page.get_by_role("group", name="Images").get_by_text("2", exact=True).click()
    button = page.locator("#generate-button")
    expect(button).to_contain_text("6 credits")
    page.reload()
    expect(page.locator("#quality-high")).to_be_checked()
    expect(button).to_contain_text("6 credits")
    other = page.context.new_page()
    other.goto(f"{copy.url}/studio")
    expect(other.locator("#quality-high")).to_be_checked()


def test_from_the_gallery_to_the_studio_and_back_to_the_same_place(copy, new_page, person, program):
    rows = [{"prompt": f"Number {number}"} for number in range(IMAGES)]
    batch = program.post("/batches", {"name": "Many", "rows": rows})
    program.ended(f"/batches/{batch['id']}")
    page = new_page()
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/gallery")
    tile = page.locator("#wall .frame").nth(30)
    tile.scroll_into_view_if_needed()
    image = tile.get_attribute("id")
    tile.locator("a[data-lightbox]").click()
    page.get_by_role("link", name="Remix").click()
    page.wait_for_url("**/studio**")
    page.go_back()
    expect(page.locator(f"[data-image-shown={image}]")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_url(f"{copy.url}/gallery")
    page.wait_for_function(f"(({IN_VIEW})(document.getElementById('{image}')))")
