"""The whole story: from signing up to the operator's refund, as a person lives it."""

import re

import pytest
from playwright.sync_api import Page, expect

from config.management.commands.setup_demo import PASSWORD
from tests.journeys.people import sign_in

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
PEOPLE = {"desktop": "nora", "phone": "nils"}
MINUS = "\N{MINUS SIGN}"
SLOWLY = {"do": "drip", "bytes": 64 * 1024, "seconds": 0.2, "times": 0}
"""So that previews are seen before the pictures are there."""
PROMPT = "Four hand-thrown ceramic vessels on a sand-colored ledge, late afternoon sun, long soft shadows"


def mailed_code(copy, address):
    """The code in the newest mail to this address."""
    found = []

    def arrived():
        mails = sorted((copy.state / "mail").glob("*"), key=lambda file: file.stat().st_mtime)
        found[:] = [mail.read_text() for mail in mails if address in mail.read_text()]
        return found

    copy.wait_for(arrived)
    return re.search(r"\b\d{3} ?\d{3}\b", found[-1].partition("\n\n")[2])[0].replace(" ", "")


def balance(page: Page, credits: str):
    expect(page.locator("#credits")).to_contain_text(credits)


def test_from_sign_up_to_refund(copy, new_page, picture, size, script):
    script({**SLOWLY, "match": {"prompt": PROMPT}})
    address = f"{PEOPLE[size]}@example.com"
    page = new_page(size)
    sign_up(page, copy, picture, address)
    generate_four(page, picture, size)
    find_them(page, copy, picture)
    buy_starter(page, copy, picture)
    refund(new_page("desktop"), copy, picture, address)
    page.goto(f"{copy.url}/billing")
    balance(page, "1")
    statement = page.locator("section[aria-labelledby=statement]")
    for words in ("+5", f"{MINUS}4", "+400", f"{MINUS}400"):
        expect(statement.get_by_text(words, exact=True).first).to_be_visible()
    picture(page, "13-statement")


def sign_up(page, copy, picture, address):
    page.goto(copy.url)
    picture(page, "01-landing")
    page.get_by_role("link", name="Start with 5 free credits").first.click()
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_label("Code").fill(mailed_code(copy, address))
    picture(page, "02-code")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/studio**")
    balance(page, "5")
    picture(page, "03-studio-empty")


def generate_four(page, picture, size):
    page.get_by_role("textbox", name="Prompt").fill(PROMPT)
    if size == "phone":
        page.locator("details.settings > summary").click()
    page.get_by_role("group", name="Images").get_by_text("4", exact=True).click()
    expect(page.locator("#generate-button")).to_contain_text("4 credits")
    expect(page.locator("#after")).to_contain_text("Balance after: 1")
    picture(page, "04-studio-filled")
    page.locator("#generate-button").click()
    card = page.locator("#strip article.generation").first
    expect(card.locator(".frame.partial").first).to_be_visible()
    picture(page, "05-studio-previews")
    expect(card.locator(".frame a[data-lightbox] > img")).to_have_count(4)
    expect(card).to_contain_text("4 credits")
    balance(page, "1")
    picture(page, "06-studio-done")


def find_them(page, copy, picture):
    page.goto(f"{copy.url}/gallery")
    pictures = page.locator("a[data-lightbox] img")
    expect(pictures).to_have_count(4)
    picture(page, "07-gallery")
    pictures.first.click()
    expect(page.get_by_text("This image", exact=True)).to_be_visible()
    picture(page, "08-lightbox")


def buy_starter(page, copy, picture):
    page.goto(f"{copy.url}/billing")
    page.locator("label.pack", has_text="Starter").click()
    page.get_by_role("button", name=re.compile("Buy 400 credits")).click()
    page.wait_for_url(f"{copy.twins}/stripe/pay/**")
    picture(page, "09-pay")
    page.get_by_role("button", name="Pay $10.00").click()
    page.wait_for_url(f"{copy.url}/billing/**")
    expect(page.get_by_role("heading", name="400 credits added")).to_be_visible()
    balance(page, "401")
    picture(page, "10-paid")


def refund(page, copy, picture, address):
    sign_in(page, copy, "operator@example.com")
    page.goto(f"{copy.url}/admin/billing/purchase/?q={address}")
    page.locator("#result_list tbody tr").first.get_by_role("link").first.click()
    page.locator('a[href*="/purchase/"][href$="/refund/"]:visible').first.click()
    page.get_by_label("All that is left").check()
    page.get_by_label("Reason").fill("The customer changed her mind")
    page.get_by_role("button", name="Preview").click()
    picture(page, "11-operator-refund")
    page.get_by_role("button", name="Pay back $10.00").click()
    expect(page.get_by_text("400 credits were taken back")).to_be_visible()
    picture(page, "12-operator-refunded")
