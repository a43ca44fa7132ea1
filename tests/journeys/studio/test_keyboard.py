"""The Studio by keys alone, from the first letter of the prompt to the downloaded picture; one sees where one is at every stop."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.people import sign_in

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
RING = """() => {
  const here = document.activeElement;
  const shown = (one) => {
    const style = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && Number(style.opacity) > 0 && box.width > 0
      && box.bottom > 0 && box.top < innerHeight;
  };
  return here.matches(":focus-visible") && [here, here.parentElement, here.parentElement?.parentElement].some((one) => one && shown(one));
}"""
"""Whether what has the keyboard wears a ring, itself or in the shape that it stands in, where one can see it."""
MOST = 60


def seen(page: Page):
    said = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    assert page.evaluate(RING), f"no ring at {said}"


def tab(page: Page, goal: Locator, key="Tab"):
    """Press Tab until this has the keyboard, looking at every stop on the way."""
    for _ in range(MOST):
        page.keyboard.press(key)
        seen(page)
        if goal.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"Tab never comes to {goal}")


def test_a_picture_is_made_and_fetched_by_keys(copy, new_page, picture, size, person):
    page = new_page(size)
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/studio")
    page.keyboard.press("/")
    prompt = page.get_by_role("textbox", name="Prompt")
    expect(prompt).to_be_focused()
    seen(page)
    page.keyboard.type(f"A heron at dawn, drawn on the {size}")
    if size == "phone":
        tab(page, page.locator("details.settings > summary"))
        page.keyboard.press("Enter")
    settings(page, picture)
    expect(page.locator("#summary")).to_contain_text("2 images")
    page.keyboard.press("Control+Enter")
    card = page.locator("#strip article.generation", has_text=f"drawn on the {size}")
    expect(card.locator(".frame a[data-lightbox] > img")).to_have_count(2)
    expect(page.locator("#announce")).not_to_have_text("")
    look(page, card, picture)


def settings(page: Page, picture):
    """The model from its menu, then shape and number by arrows."""
    tab(page, page.locator("#model-pick"))
    page.keyboard.press("Enter")
    chosen = page.locator("#models input:checked")
    expect(chosen).to_be_focused()
    picture(page, "01-models")
    page.keyboard.press("ArrowDown")
    seen(page)
    wanted = page.locator("#models input:focus").get_attribute("value")
    page.keyboard.press("Enter")
    expect(page.locator("#models")).to_be_hidden()
    expect(page.locator("#model-pick")).to_be_focused()
    seen(page)
    expect(page.locator(f"#models input[value='{wanted}']")).to_be_checked()
    shapes = page.get_by_role("group", name="Shape")
    tab(page, shapes.locator("input:checked"))
    page.keyboard.press("ArrowRight")
    expect(shapes.locator("input:checked")).to_be_focused()
    seen(page)
    images = page.get_by_role("group", name="Images")
    tab(page, images.locator("input:checked"))
    two = images.get_by_label("2", exact=True)
    while not two.is_checked():
        page.keyboard.press("ArrowRight")
        seen(page)
    expect(two).to_be_focused()
    picture(page, "02-settings")


def look(page: Page, card: Locator, picture):
    """Open the newest, turn to the one before it, come to the download, and go back to where one was."""
    newest = card.locator(".frame > a[data-lightbox]").last
    tab(page, newest)
    page.keyboard.press("Enter")
    theatre = page.get_by_role("dialog", name="Image")
    expect(theatre.locator(".stage .number")).to_contain_text("2 of 2")
    page.keyboard.press("ArrowRight")
    expect(theatre.locator(".stage .number")).to_contain_text("1 of 2")
    tab(page, theatre.get_by_role("link", name="Original"))
    picture(page, "03-download")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert re.search(r"\.(png|jpe?g|webp)$", download.value.suggested_filename)
    page.keyboard.press("Escape")
    expect(theatre).to_be_hidden()
    page.wait_for_url("**/studio")
    expect(newest).to_be_focused()
    seen(page)
    picture(page, "04-back")
