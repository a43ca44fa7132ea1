"""Images are shown as large as they fit, from a version that is sharp there and no larger than it has to be."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.people import sign_in

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
SHAPES = ("1024x1024", "1536x512", "512x1536", "2048x1152", "1536x512", "1024x1024")
TILES = """images => Promise.all(images.map(async image => {
  const { width, height, top } = image.getBoundingClientRect();
  const file = await createImageBitmap(await (await fetch(image.currentSrc)).blob());
  return { width, height, top, source: image.currentSrc, srcset: image.srcset, real: file.width };
}))"""
STAGE = """() => {
  const box = selector => document.querySelector(selector)?.getBoundingClientRect();
  const apart = (one, other) => !one || !other || one.bottom <= other.top + 1 || other.bottom <= one.top + 1
    || one.right <= other.left + 1 || other.right <= one.left + 1;
  const image = document.querySelector("[data-view] img"), shown = image.getBoundingClientRect();
  return {
    ratio: shown.width / shown.height,
    meant: image.getAttribute("width") / image.getAttribute("height"),
    fills: Math.max(shown.width / box("[data-view]").width, shown.height / box("[data-view]").height),
    apart: [".stage > header", ".film", ".turn", ".turn.back", ".details"].every(one => apart(shown, box(one))),
  };
}"""


def said(srcset: str, source: str) -> int:
    """The width that a `srcset` says of an address."""
    path = re.sub(r"^https?://[^/]+", "", source)
    return {part.split()[0]: int(part.split()[1][:-1]) for part in srcset.split(", ")}[path]


def test_tiles_and_lightbox_show_each_image_whole_and_sharp(copy, new_page, person, program, picture):
    for shape in SHAPES:
        program.make("A quince on linen", size=shape, quality="low", n=1 if shape.startswith("1536") else 2)
    page = new_page("desktop")
    weight: list[int] = []
    page.on("response", lambda answer: weight.append(int(answer.headers.get("content-length", 0))))
    sign_in(page, copy, person.email)
    weight.clear()
    page.goto(f"{copy.url}/gallery")
    expect(page.locator("#wall img").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert sum(weight) < 5_000_000, "mostly thumbnails"
    picture(page, "gallery")
    for tile in page.locator("#wall img").evaluate_all(TILES):
        assert 199 <= tile["height"] <= 321, tile
        assert abs(said(tile["srcset"], tile["source"]) - tile["real"]) <= 1, tile
        assert tile["real"] >= 0.95 * tile["width"], tile
    for at in range(page.locator("a[data-lightbox]").count()):
        page.locator("a[data-lightbox]").nth(at).click()
        expect(page.locator("[data-view] img")).to_be_visible()
        page.wait_for_function("document.querySelector('[data-view] img').complete")
        stage = page.evaluate(STAGE)
        assert abs(stage["ratio"] / stage["meant"] - 1) < 0.02, stage
        assert stage["apart"], stage
        assert stage["fills"] > 0.75, stage
        picture(page, f"lightbox-{at}")
        page.keyboard.press("Escape")
        expect(page.locator("[data-view]")).to_have_count(0)


@pytest.mark.parametrize(("count", "least"), [(1, 480), (2, 340), (3, 280)])
def test_few_images_take_the_room_of_the_strip(copy, new_page, person, count, least):
    page = new_page("desktop")
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/studio")
    page.get_by_role("textbox", name="Prompt").fill("A quince on linen")
    page.locator(f"input[name=n][value='{count}']").check(force=True)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".shots img[srcset]")).to_have_count(count)
    for tile in page.locator(".shots img").evaluate_all(TILES):
        assert tile["width"] >= least, tile
        assert abs(said(tile["srcset"], tile["source"]) - tile["real"]) <= 1, tile
        assert tile["real"] >= 0.95 * tile["width"], tile
    if count == 1:
        ring_is_whole(page)


def ring_is_whole(page: Page) -> None:
    """The focus ring of each menu's face lies inside of what clips it."""
    for face in page.locator(".picks .pick").all():
        face.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        expect(face).to_be_focused()
        outside = face.evaluate(
            "face => { const style = getComputedStyle(face);"
            " return parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset); }"
        )
        assert outside <= 0
