"""Pictures to work from: pasted, dropped, chosen and by link, with the mouse and with keys alone."""

import base64
import io
from pathlib import Path

import pytest
from PIL import Image as Picture
from playwright.sync_api import Page, expect

from tests.journeys.people import sign_in

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]

PASTED = """async (data) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  await navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([bytes], { type: "image/png" }) })]);
}"""
FILES = """(all) => {
  const carried = new DataTransfer();
  for (const [name, data] of all) {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    carried.items.add(new File([bytes], name, { type: name.endsWith(".png") ? "image/png" : "text/plain" }));
  }
  return carried;
}"""
LINK = """(address) => {
  const carried = new DataTransfer();
  carried.setData("text/uri-list", address);
  return carried;
}"""
HEIC = Path(__file__).parents[2] / "generation/references/files/two.heic"
REFUSED = "That address can't be reached from here. Nothing was charged."


def drawn() -> str:
    """A picture that was never seen before, in base64."""
    file = io.BytesIO()
    Picture.effect_noise((320, 240), 60).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_pictures_are_pasted_dropped_and_asked_for_by_link(copy, new_page, picture, size, person):
    page = new_page(size, refused=400, permissions=["clipboard-read", "clipboard-write"])
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/studio")
    chips = page.locator("#references > li")
    paste(page, chips)
    drop(page, chips, picture)
    by_link(page, chips, picture)
    in_the_library(page, copy)


def paste(page: Page, chips):
    page.evaluate(PASTED, drawn())
    page.get_by_role("textbox", name="Prompt").focus()
    page.keyboard.press("Control+v")
    expect(chips).to_have_count(1)
    expect(page.locator("#announce")).to_contain_text("Reference 1")
    page.evaluate("() => navigator.clipboard.writeText('https://127.0.0.1/inside.png')")
    page.keyboard.press("Control+v")
    expect(page.get_by_role("textbox", name="Prompt")).to_have_value("https://127.0.0.1/inside.png")
    page.get_by_role("textbox", name="Prompt").fill("")


def drop(page: Page, chips, picture):
    place = page.locator("[data-drop]")
    files = page.evaluate_handle(FILES, [["one.png", drawn()], ["two.png", drawn()], ["a.txt", "AAAA"]])
    place.dispatch_event("dragover", {"dataTransfer": files})
    expect(place).to_have_attribute("data-over", "")
    place.dispatch_event("drop", {"dataTransfer": files})
    expect(chips).to_have_count(3)
    expect(place).not_to_have_attribute("data-over", "")
    picture(page, "01-dropped")
    photo = page.evaluate_handle(FILES, [["photo.HEIC", base64.b64encode(HEIC.read_bytes()).decode()]])
    place.dispatch_event("drop", {"dataTransfer": photo})
    expect(chips).to_have_count(4)
    expect(page.locator("#reference-note")).to_have_text(
        "It holds several images; only the main one was kept."
    )
    chips.nth(3).locator("button").focus()
    page.keyboard.press("Delete")
    expect(chips).to_have_count(3)
    words = page.evaluate_handle(FILES, [["a.txt", "AAAA"]])
    place.dispatch_event("drop", {"dataTransfer": words})
    expect(page.locator("#reference-note")).to_contain_text(
        "Only images can be uploaded: PNG, JPEG, WebP, HEIC"
    )
    link = page.evaluate_handle(LINK, "# a comment\r\nhttps://127.0.0.1/inside.png")
    place.dispatch_event("drop", {"dataTransfer": link})
    expect(page.locator("#reference-note")).to_have_text(REFUSED)
    chips.nth(2).locator("button").focus()
    page.keyboard.press("Delete")
    expect(chips).to_have_count(2)
    assert chips.nth(1).locator("button").evaluate("one => one === document.activeElement")


def by_link(page: Page, chips, picture):
    """By keys alone: the popover opens, says what is wrong, closes, and the hand is where it was."""
    opener = page.get_by_role("button", name="Reference from a link")
    opener.focus()
    page.keyboard.press("Enter")
    field = page.get_by_label("Image link")
    expect(field).to_be_focused()
    page.keyboard.type("https://169.254.169.254/latest/meta-data/")
    page.keyboard.press("Enter")
    expect(page.locator("#link-note")).to_have_text(REFUSED)
    picture(page, "02-from-a-link")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(opener).to_be_focused()
    expect(chips).to_have_count(2)


def in_the_library(page: Page, copy):
    page.goto(f"{copy.url}/references")
    expect(page.locator(".plate").first).to_be_visible()
    before = page.locator(".plate").count()
    page.evaluate(PASTED, drawn())
    page.keyboard.press("Control+v")
    expect(page.locator(".plate")).to_have_count(before + 1)
    page.get_by_label("Image link").fill("https://localhost/x.png")
    page.keyboard.press("Enter")
    expect(page.get_by_text(REFUSED)).to_be_visible()
