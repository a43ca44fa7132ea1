"""Painting a mask: a reference is uploaded, a rectangle of it may change, and the provider gets both."""

import io
import re

import httpx
import pytest
from PIL import Image as Picture
from playwright.sync_api import Page, expect

from tests.journeys.people import sign_in

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
WIDTH, HEIGHT = 1200, 800


def drawn(color):
    file = io.BytesIO()
    Picture.new("RGB", (WIDTH, HEIGHT), color).save(file, "PNG")
    return {"name": f"{color}.png", "mimeType": "image/png", "buffer": file.getvalue()}


def edits(copy):
    log = httpx.get(f"{copy.twins}/_control/openai/log").json()
    calls = log["calls"] if isinstance(log, dict) else log
    return [call for call in calls if call["path"].endswith("/images/edits")]


def test_paint_use_and_generate(copy, new_page, picture, person):
    page = new_page("desktop")
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/studio")
    chips = page.locator("#references [data-paint]")
    for number, color in enumerate(("navy", "teal"), start=1):
        page.locator("#upload").set_input_files(drawn(color))
        expect(chips).to_have_count(number)
    chips.nth(1).click()
    painter = page.get_by_role("dialog", name="Paint what may change")
    expect(painter.get_by_text(f"Image 2 · {WIDTH} × {HEIGHT}")).to_be_visible()  # noqa: RUF001 -- as it is shown
    use = painter.get_by_role("button", name="Use mask")
    expect(use).to_be_disabled()
    paint(page, painter)
    picture(page, "01-painted")
    use.click()
    expect(painter).to_be_hidden()
    expect(chips.nth(0)).to_have_accessible_name(re.compile(r"Reference 1, teal\.png, with a mask"))
    expect(chips.nth(1)).to_have_accessible_name(re.compile(r"Reference 2, navy\.png\. "))
    picture(page, "02-masked")
    before = len(edits(copy))
    page.get_by_role("textbox", name="Prompt").fill("A gold line where it was plain")
    page.get_by_role("group", name="Images").get_by_text("1", exact=True).click()
    expect(page.locator("#generate-button .price")).to_have_text("3 credits")
    page.locator("#generate-button").click()
    card = page.locator("#strip article.generation").first
    expect(card.locator(".frame a[data-lightbox] > img")).to_have_count(1)
    picture(page, "03-edited")
    (call,) = edits(copy)[before:]
    assert call["mask"]
    assert len(call["references"]) == 2
    chips.nth(0).click()
    expect(painter.locator("[data-painter-share]")).to_have_text(re.compile(r"^2[45]"))
    painter.get_by_role("button", name="Remove mask").click()
    expect(chips.nth(0)).to_have_accessible_name(re.compile(r"Reference 1, teal\.png\. "))
    expect(page.locator("input[name=mask]")).to_have_count(0)


def paint(page: Page, painter):
    """A dot and its undoing; a quarter with the rectangle, undone and done again; a line by keys; inverted twice."""
    share = painter.locator("[data-painter-share]")
    box = painter.locator("#painter-surface").bounding_box()
    page.mouse.click(box["x"] + 50, box["y"] + 50)
    expect(share).to_have_text(re.compile(r"^0\.[12]"))
    page.keyboard.press("Control+z")
    expect(share).to_have_text("Paint over what may change")
    page.keyboard.press("r")
    page.mouse.move(box["x"] + 1, box["y"] + 1)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    expect(share).to_have_text(re.compile(r"^2[45]"))
    page.keyboard.press("Control+z")
    expect(share).to_have_text("Paint over what may change")
    page.keyboard.press("Control+Shift+z")
    expect(share).to_have_text(re.compile(r"^2[45]"))
    painter.locator("#painter-surface").focus()
    page.keyboard.press("b")
    page.keyboard.down("Space")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.up("Space")
    expect(share).to_have_text(re.compile(r"^2[56]"))
    page.keyboard.press("Control+z")
    page.keyboard.press("i")
    expect(share).to_have_text(re.compile(r"^7[56]"))
    page.keyboard.press("i")
    expect(share).to_have_text(re.compile(r"^2[45]"))
