"""Comparing two images: from the Studio, the gallery and the lightbox, by mouse and by keys, and without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import each_size
from tests.journeys.people import sign_in

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]


@pytest.mark.parametrize("size", each_size("phone"), indirect=True)
def test_two_images_are_compared_by_mouse_and_by_keys(copy, new_page, picture, size, person):
    page = new_page(size)
    sign_in(page, copy, person.email)
    make_two(page, copy, size)
    from_the_studio(page, copy, picture)
    by_keys(page, picture)
    by_mouse(page)
    page.keyboard.press("Escape")
    page.wait_for_url(f"{copy.url}/studio")
    from_the_gallery(page, copy, picture, size)
    from_the_lightbox(page)
    without_scripts(new_page(size, java_script_enabled=False), copy, person, page.url, picture)


def make_two(page: Page, copy, size):
    page.goto(f"{copy.url}/studio")
    page.get_by_role("textbox", name="Prompt").fill("Two lighthouses in fog")
    if size == "phone":
        page.locator("details.settings > summary").click()
    page.get_by_role("group", name="Images").get_by_text("2", exact=True).click()
    expect(page.locator("#summary")).to_contain_text("2 images")
    page.locator("#generate-button").click()
    card = page.locator("#strip article.generation").first
    expect(card.locator(".frame a[data-lightbox] > img")).to_have_count(2)


def from_the_studio(page: Page, copy, picture):
    page.locator("#strip article.generation").first.get_by_role("link", name="Compare").click()
    page.wait_for_url(f"{copy.url}/gallery/compare?**")
    expect(page.get_by_role("heading", name="Compare two images")).to_be_attached()
    expect(page.get_by_text("Both were made with the same settings.")).to_be_visible()
    expect(page.locator(".compare img")).to_have_count(2)
    assert at(page) == 50
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, "01-slider")


def by_keys(page: Page, picture):
    said = page.locator("#announce")
    page.keyboard.press("ArrowLeft")
    assert at(page) == 48
    expect(said).to_have_text("48 % A")
    page.keyboard.press("Shift+ArrowRight")
    assert at(page) == 58
    slider = page.get_by_role("slider", name="How much of A is shown")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert at(page) == 60
    expect(slider).to_have_attribute("aria-valuetext", "60 % A")
    before = shown(page)
    page.keyboard.press("s")
    page.wait_for_url(re.compile(f"a={before[1]}&b={before[0]}"))
    assert shown(page) == before[::-1]
    assert at(page) == 60, "the edge stays where it was"
    expect(said).to_contain_text("A: Two lighthouses in fog. B: Two lighthouses in fog")
    page.keyboard.press("2")
    expect(page.get_by_role("button", name="Side by side")).to_have_attribute("aria-pressed", "true")
    assert beside(page)
    picture(page, "02-side-by-side")
    page.keyboard.press("1")
    expect(slider).to_be_visible()


def by_mouse(page: Page):
    box = page.locator(".compare").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    assert 22 <= at(page) <= 29
    before = shown(page)
    page.get_by_role("link", name="Swap").click()
    page.wait_for_url(re.compile(f"a={before[1]}&b={before[0]}"))
    page.get_by_role("button", name="Side by side").click()
    assert beside(page)
    page.get_by_role("button", name="One over the other").click()
    assert not beside(page)


def from_the_gallery(page: Page, copy, picture, size):
    page.goto(f"{copy.url}/gallery")
    checks = page.locator("#wall .check")
    compare = page.locator("#selection [data-compare]")
    newest, older = (checks.nth(at).get_attribute("value") for at in (0, 1))
    if size == "phone":
        expect(checks.nth(0)).to_be_hidden()
        page.get_by_role("button", name="Select").tap()
        choose = [page.locator("#wall .frame").nth(at).tap for at in (0, 1)]
    else:
        choose = [lambda at=at: checks.nth(at).check(force=True) for at in (0, 1)]
    choose[0]()
    expect(checks.nth(0)).to_be_checked()
    expect(compare).to_be_hidden()
    choose[1]()
    expect(compare).to_be_visible()
    picture(page, "03-selected")
    compare.click()
    page.wait_for_url(f"{copy.url}/gallery/compare?a={older}&b={newest}")
    page.keyboard.press("Escape")
    page.wait_for_url(f"{copy.url}/gallery")


def from_the_lightbox(page: Page):
    page.locator("a[data-lightbox]").first.click()
    expect(page.get_by_role("link", name="Compare")).to_be_visible()
    page.keyboard.press("c")
    page.wait_for_url(re.compile(r"/gallery/compare\?a=img_\w+&b=img_\w+$"))
    expect(page.locator(".compare img")).to_have_count(2)


def without_scripts(page: Page, copy, person, address, picture):
    sign_in(page, copy, person.email)
    page.goto(address)
    assert beside(page)
    expect(page.locator(".compare input")).to_be_hidden()
    expect(page.get_by_role("button", name="Side by side")).to_be_hidden()
    before = shown(page)
    page.get_by_role("link", name="Swap").click()
    page.wait_for_url(re.compile(f"a={before[1]}&b={before[0]}"))
    picture(page, "04-without-scripts")


def at(page: Page) -> int:
    """Where the edge is, in percent."""
    value = page.locator(".compare").evaluate("one => getComputedStyle(one).getPropertyValue('--at')")
    return round(float(value.strip().rstrip("%")))


def shown(page: Page) -> list[str]:
    return [one.get_attribute("href").rpartition("/")[2] for one in page.locator(".compare figure a").all()]


def beside(page: Page) -> bool:
    """Whether no part of one picture lies on the other."""
    a, b = (one.bounding_box() for one in page.locator(".compare img").all())
    return a["x"] + a["width"] <= b["x"] + 1 or a["y"] + a["height"] <= b["y"] + 1
