"""Styles: a preset for a picture, a style of one's own with its words in sight, and the version that an image remembers."""

import re
import secrets

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import each_size
from tests.journeys.people import sign_in

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
TEMPLATE = "{prompt}, on {ground} linen, window light"


@pytest.mark.parametrize("size", each_size("phone"), indirect=True)
def test_a_preset_and_a_style_of_ones_own(copy, new_page, picture, size, person):
    page, name = new_page(size), f"Linen {secrets.token_hex(3)}"
    sign_in(page, copy, person.email)
    by_preset(page, copy, picture, size)
    write(page, copy, picture, name)
    image = use(page, copy, picture, size, name)
    change(page, copy, name)
    page.goto(f"{copy.url}{image}")
    expect(page.locator("aside.details")).to_contain_text(f"{name}, version 1")


def settings(page: Page, size):
    if size == "phone" and not page.locator("details.settings[open]").count():
        page.locator("details.settings > summary").click()


def choose(page: Page, size, name):
    settings(page, size)
    page.locator("#style-pick").click()
    page.locator("#styles label", has_text=name).first.click()
    expect(page.locator("#style-pick")).to_contain_text(name)


def by_preset(page: Page, copy, picture, size):
    page.goto(f"{copy.url}/studio?model=gpt-image-2.5-flare")
    choose(page, size, "Quiet architecture")
    expect(page.get_by_label("{hour}")).to_be_visible()
    expect(page.get_by_role("group", name="Shape").get_by_label("2:3")).to_be_checked()
    picture(page, "01-preset")


def write(page: Page, copy, picture, name):
    page.goto(f"{copy.url}/styles")
    picture(page, "02-styles")
    page.get_by_role("link", name="New style").click()
    page.get_by_label("Name").first.fill(name)
    page.get_by_label("Template").fill(TEMPLATE)
    page.get_by_label("Default of ground").fill("grey")
    page.get_by_label("Try it with").fill("A quince")
    sent = page.locator("#sent .sent")
    expect(sent).to_contain_text("A quince, on grey linen, window light")
    expect(sent.locator("mark")).to_have_text(["A quince", "grey"])
    page.get_by_role("button", name="Add a color").click()
    expect(page.locator("#sent")).to_contain_text("Colors: terracotta (#c9572f)")
    expect(page.locator("#version-state")).to_have_text("Not saved")
    picture(page, "03-written")
    page.get_by_role("button", name=re.compile("^Save")).click()
    page.wait_for_url(re.compile(r"/styles/sty_\w+"))
    expect(page.locator("#version-state")).to_have_text("Version 1")


def use(page: Page, copy, picture, size, name):
    """The address of an image that was made with it."""
    page.goto(f"{copy.url}/studio?model=gpt-image-2.5-flare")
    choose(page, size, name)
    page.get_by_label("{ground}").fill("blue")
    page.get_by_role("textbox", name="Prompt").fill(f"A pear for {name}")
    settings(page, size)
    page.get_by_role("group", name="Images").get_by_text("1", exact=True).click()
    expect(page.locator("#generate-button .price")).to_have_text("1 credit")
    page.locator("#generate-button").click()
    card = page.locator("#strip article.generation").first
    expect(card.locator(".meta")).to_contain_text(name)
    link = card.locator(".frame a[data-lightbox]").first
    expect(link).to_be_visible()
    picture(page, "04-made")
    link.click()
    details = page.locator("aside.details")
    expect(details).to_contain_text(f"{name}, version 1")
    details.get_by_text("As it was sent").click()
    words = details.locator("#sent-words")
    expect(words).to_contain_text(f"A pear for {name}, on blue linen, window light")
    picture(page, "05-as-it-was-sent")
    asked = httpx.get(f"{copy.twins}/_control/openai/log", params={"prompt": words.inner_text()}).json()
    assert asked["count"] == 1, "what is shown is what the provider got, to the letter"
    return link.get_attribute("href")


def change(page: Page, copy, name):
    page.goto(f"{copy.url}/styles")
    page.get_by_role("link", name=name, exact=True).last.click()
    page.get_by_label("Template").fill(f"{TEMPLATE}, from above")
    expect(page.locator("#sent .sent")).to_contain_text("from above")
    page.get_by_role("button", name=re.compile("^Save")).click()
    expect(page.locator("#version-state")).to_have_text("Version 2")
