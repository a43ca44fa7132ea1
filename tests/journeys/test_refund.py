"""Money back after use: a part of it by amount, then all that is left, which leaves a debt: an operator writes off a part,
and the next purchase pays the rest."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.journeys.people import sign_in
from tests.journeys.test_story import MINUS, balance

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
PROMPT = "A brass bell on a walnut desk, soft light from the left"


def test_refunds_after_use_and_the_debt_that_is_written_off_and_paid(copy, new_page, picture, poor):
    page, desk = new_page("desktop"), new_page("desktop")
    sign_in(page, copy, poor.email)
    buy_starter(page, copy, "405")
    use(page, copy, picture)  # 12 credits: the 5 free ones and 7 of the purchase
    sign_in(desk, copy, "operator@example.com")

    refund(
        desk,
        copy,
        poor,
        {"Or an amount to pay back": "2.50"},
        "100 credits leave the wallet. Nothing becomes debt.",
    )
    picture(desk, "02-by-amount")
    desk.get_by_role("button", name="Pay back $2.50").click()
    expect(desk.get_by_text("$2.50 go back to the customer, 100 credits were taken back.")).to_be_visible()
    assert paid_back(copy, poor) == [250]
    page.goto(f"{copy.url}/billing")
    balance(page, "293")
    expect(statement(page).get_by_text(f"{MINUS}100", exact=True)).to_be_visible()
    picture(page, "03-statement")

    refund(desk, copy, poor, {}, "7 credits of them become debt, which blocks spending until it is paid.")
    picture(desk, "04-overspent")
    desk.get_by_role("button", name="Pay back $7.50").click()
    expect(desk.get_by_text("$7.50 go back to the customer, 300 credits were taken back.")).to_be_visible()
    assert paid_back(copy, poor) == [250, 750]
    desk.goto(f"{copy.url}/admin/billing/wallet/?q={poor.email}")
    expect(desk.locator("#result_list .field-debt")).to_have_text("7")
    picture(desk, "05-operator-sees-debt")

    page.goto(f"{copy.url}/billing")
    expect(page.get_by_text("This workspace owes 7 credits")).to_be_visible()
    expect(page.locator("#credits")).to_contain_text("7 owed")
    picture(page, "06-debt")
    page.goto(f"{copy.url}/studio")
    expect(page.locator("#generate-button")).to_contain_text("Buy credits")
    expect(page.locator("#after")).to_contain_text(
        "7 credits were taken back and are owed; the next purchase pays them"
    )
    picture(page, "07-blocked")

    write_off(desk, copy, poor, picture)
    page.goto(f"{copy.url}/billing")
    expect(page.get_by_text("This workspace owes 4 credits")).to_be_visible()
    expect(statement(page).get_by_text("A disturbance of ours")).to_be_visible()

    buy_starter(page, copy, "396")
    page.goto(f"{copy.url}/billing")
    expect(page.get_by_text("This workspace owes")).to_have_count(0)
    picture(page, "10-paid")
    copy.wait_for(
        lambda: (
            mailed(copy, poor, "$2.50 is on its way back") and mailed(copy, poor, "$7.50 is on its way back")
        )
    )


def write_off(desk, copy, person, picture):
    """Find the wallet by the customer's address, and write off 3 of the 7 credits that are owed."""
    desk.goto(f"{copy.url}/admin/")
    desk.keyboard.press("Control+k")
    desk.get_by_placeholder("Type to search").press_sequentially(person.email)
    wallet = desk.locator("#command-results a[data-description^='Wallet']")
    expect(wallet).to_have_attribute("data-title", "0 available, 0 held, 7 debt")
    expect(desk.locator("#command-results a").first).to_have_attribute("data-title", person.email)
    picture(desk, "08-found-by-address")
    wallet.click()
    desk.get_by_role("link", name="Write off debt").click()
    expect(desk.get_by_label("Credits to write off")).to_have_value("7")
    desk.get_by_label("Credits to write off").fill("3")
    desk.get_by_label("Reason").fill("A disturbance of ours")
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_text("4 credits are still owed, which blocks spending as before.")).to_be_visible()
    picture(desk, "09-write-off")
    desk.get_by_role("button", name="Write off 3 credits").click()
    expect(desk.get_by_text("3 credits of debt of")).to_be_visible()


def buy_starter(page, copy, after):
    page.goto(f"{copy.url}/billing")
    page.locator("label.pack", has_text="Starter").click()
    page.get_by_role("button", name=re.compile("Buy 400 credits")).click()
    page.wait_for_url(f"{copy.twins}/stripe/pay/**")
    page.get_by_role("button", name="Pay $10.00").click()
    page.wait_for_url(f"{copy.url}/billing/**")
    balance(page, after)


def use(page, copy, picture):
    page.goto(f"{copy.url}/studio")
    page.get_by_role("textbox", name="Prompt").fill(PROMPT)
    page.locator("label", has=page.locator("#quality-high")).click()
    page.get_by_role("group", name="Images").get_by_text("4", exact=True).click()
    expect(page.locator("#generate-button")).to_contain_text("12 credits")
    page.locator("#generate-button").click()
    expect(page.locator("#strip article.generation .frame a[data-lightbox] > img")).to_have_count(4)
    balance(page, "393")
    picture(page, "01-used")


def refund(desk, copy, person, fields, says):
    """Fill in the operator's form, and look at what it would do; without fields all that is left goes back."""
    desk.goto(f"{copy.url}/admin/billing/purchase/?q={person.email}")
    desk.locator("#result_list tbody tr").first.get_by_role("link").first.click()
    desk.locator('a[href*="/purchase/"][href$="/refund/"]:visible').first.click()
    if not fields:
        desk.get_by_label("All that is left").check()
    for label, value in fields.items():
        desk.get_by_label(label).fill(value)
    desk.get_by_label("Reason").fill("She needed fewer")
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_role("status")).to_contain_text(says)


def statement(page):
    return page.locator("section[aria-labelledby=statement]")


def paid_back(copy, person):
    """Cents that Stripe's twin has sent back to this customer, oldest first."""
    with httpx.Client(base_url=f"{copy.twins}/stripe/v1", auth=("sk_test_" + "0" * 24, "")) as stripe:
        (customer,) = stripe.get("/customers", params={"email": person.email}).json()["data"]
        paid = stripe.get("/payment_intents", params={"customer": customer["id"], "limit": 100}).json()[
            "data"
        ]
        made = [
            refund
            for intent in reversed(paid)
            for refund in reversed(
                stripe.get("/refunds", params={"payment_intent": intent["id"], "limit": 100}).json()["data"]
            )
        ]
    return [one["amount"] for one in made]


def mailed(copy, person, words):
    """Whether this customer has a mail with these words."""
    return any(
        person.email in text and words in text
        for text in (file.read_text() for file in (copy.state / "mail").glob("*"))
    )
