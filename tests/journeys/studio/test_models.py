"""Models: from a model's page into the Studio, what comes after one that ended, and pictures by both providers."""

import io
import re
import secrets

import httpx
import pytest
from PIL import Image as Picture
from playwright.sync_api import Page, expect

from tests.journeys.conftest import each_size
from tests.journeys.people import sign_in

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
RETIRED, REPLACEMENT = "gpt-image-1", "gpt-image-2.5-flare"


@pytest.mark.parametrize("size", each_size("phone"), indirect=True)
def test_a_models_page_opens_the_studio_with_it(copy, new_page, picture, size, person):
    page, prompt = new_page(size), f"A kestrel over dunes {secrets.token_hex(3)}"
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/models")
    page.get_by_role("link", name="FLUX.2 pro").click()
    picture(page, "01-model")
    page.get_by_role("link", name="Open in Studio").click()
    page.wait_for_url("**/studio?model=flux-2-pro")
    expect(page.locator("#models input:checked")).to_have_value("flux-2-pro")
    page.get_by_role("textbox", name="Prompt").fill(prompt)
    one(page, size)
    expect(page.locator("#generate-button .price")).to_have_text("2 credits")
    page.locator("#generate-button").click()
    card = page.locator("#strip article.generation").first
    expect(card.locator(".meta")).to_contain_text("FLUX.2 pro")
    expect(card.locator(".frame a[data-lightbox] > img")).to_have_count(1)
    expect(card.locator(".meta")).to_contain_text("2 credits")
    picture(page, "02-made-by-fal")
    calls = httpx.get(f"{copy.twins}/_control/fal/log").json()["calls"]
    (call,) = [call for call in calls if call.get("prompt") == prompt]
    assert call["model"] == "fal-ai/flux-2-pro"


def test_an_ended_model_names_its_replacement_and_may_be_answered_by_it(
    copy, new_page, picture, size, person, program
):
    page = new_page(size)
    page.goto(f"{copy.url}/models/{RETIRED}")
    expect(page.get_by_text(re.compile("Retired 23 October 2026"))).to_be_visible()
    expect(page.get_by_role("heading", name="Use this instead")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, "01-retired")
    page.get_by_role("link", name="Open", exact=True).click()
    page.wait_for_url(f"**/models/{REPLACEMENT}")

    order = {"prompt": f"A heron, {size}", "model": RETIRED}
    before = program.http.get("/balance").json()
    refused = program.http.post("/generations", json=order)
    assert refused.status_code == 410
    assert refused.json()["code"] == "model_retired"
    assert refused.json()["replacement"] == REPLACEMENT
    assert program.http.get("/balance").json() == before

    sign_in(page, copy, person.email)
    answered(page, copy, on=True)
    picture(page, "02-opted-in")
    made = program.make(**order)
    assert (made["requested_model"], made["model"]) == (RETIRED, REPLACEMENT)
    page.goto(f"{copy.url}/gallery/{made['images'][0]['id']}")
    details = page.locator("aside.details")
    expect(details).to_contain_text(f"Model{REPLACEMENT}")
    expect(details).to_contain_text(f"Requested{RETIRED}")
    picture(page, "03-both-are-on-record")
    answered(page, copy, on=False)
    assert program.http.post("/generations", json=order).status_code == 410


def one(page: Page, size):
    """One picture instead of four."""
    if size == "phone":
        page.locator("details.settings > summary").click()
    page.get_by_role("group", name="Images").get_by_text("1", exact=True).click()


def answered(page: Page, copy, *, on):
    page.goto(f"{copy.url}/workspace")
    switch = page.get_by_role("switch", name="Use the replacement for retired models")
    expect(switch).to_be_checked(checked=not on)
    switch.click()
    expect(page.locator(".toast").last).to_contain_text("are used for retired" if on else "are refused")
    expect(page.get_by_role("switch", name="Use the replacement for retired models")).to_be_checked(
        checked=on
    )


def test_three_references_and_a_mask_reach_the_provider(copy, new_page, picture, person):
    page, prompt = new_page("desktop"), f"Three grounds become one terrazzo {secrets.token_hex(3)}"
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/studio?model={REPLACEMENT}")
    chips = page.locator("#references [data-paint]")
    for number, color in enumerate(("navy", "teal", "sienna"), start=1):
        page.locator("#upload").set_input_files(drawn(color))
        expect(chips).to_have_count(number)
    chips.first.click()
    painter = page.get_by_role("dialog", name="Paint what may change")
    painter.locator("#painter-surface").focus()
    page.keyboard.press("i")  # all of it
    painter.get_by_role("button", name="Use mask").click()
    expect(painter).to_be_hidden()
    page.get_by_role("textbox", name="Prompt").fill(prompt)
    one(page, "desktop")
    expect(page.locator("#generate-button .price")).to_have_text("3 credits")
    page.locator("#generate-button").click()
    card = page.locator("#strip article.generation").first
    expect(card.locator(".frame a[data-lightbox] > img")).to_have_count(1)
    picture(page, "01-edited")
    calls = httpx.get(f"{copy.twins}/_control/openai/log", params={"prompt": prompt}).json()
    (call,) = calls["calls"]
    assert call["path"].endswith("/images/edits")
    assert len(call["references"]) == 3
    assert call["mask"]


def drawn(color):
    file = io.BytesIO()
    Picture.new("RGB", (600, 400), color).save(file, "PNG")
    return {"name": f"{color}.png", "mimeType": "image/png", "buffer": file.getvalue()}
