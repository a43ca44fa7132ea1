"""Is it you? What matters asks first and goes on by itself; a change of address can be undone from the old mailbox."""

import re
from email import message_from_bytes
from email.policy import default

import pytest
from playwright.sync_api import expect

from config.management.commands.setup_demo import PASSWORD
from tests.journeys.people import sign_in

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
WIDE = "document.documentElement.scrollWidth - innerWidth"


def prove(page, picture, name):
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    assert page.evaluate(WIDE) <= 0
    picture(page, name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


def test_a_token_is_made_behind_the_proof_and_nothing_is_asked_twice(copy, new_page, picture, size, person):
    page = new_page(size)
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/developers")
    page.get_by_role("button", name="New token").click()
    page.get_by_role("textbox", name="Name").fill("Shop")
    page.get_by_role("button", name="Create token").click()
    prove(page, picture, "01-is-it-you")
    expect(page.get_by_text(re.compile("cio_live_")).first).to_be_visible()
    picture(page, "02-token")
    page.goto(f"{copy.url}/workspace")
    page.get_by_role("button", name="Invite").first.click()
    page.get_by_role("textbox", name="Email").fill(f"guest-of-{person.email}")
    page.get_by_role("button", name=re.compile("Send|Invite")).last.click()
    expect(page.get_by_text(f"guest-of-{person.email}").first).to_be_visible()


def test_another_address_and_back_without_javascript(copy, new_page, picture, person):
    page = new_page("phone", java_script_enabled=False, delay=0)
    page.goto(f"{copy.url}/accounts/login/?by=password")
    page.get_by_label("Email").fill(person.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.goto(f"{copy.url}/accounts/email/")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("New address").fill(f"new-{person.email}")
    page.get_by_role("button", name="Send me a code").click()
    page.locator("input[name=code]").fill(read(copy, f"new-{person.email}", r"^\d{6}$"))
    page.get_by_role("button", name="Continue").click()

    mailbox = new_page("phone", java_script_enabled=False, delay=0)
    mailbox.goto(read(copy, person.email, r"\S+/address/undo/\S+"))
    expect(mailbox.get_by_role("heading", name="Undo the change?")).to_be_visible()
    assert "undo/" not in mailbox.url
    picture(mailbox, "01-undo")
    mailbox.get_by_role("button", name="Undo it").click()
    expect(mailbox.get_by_role("heading", name="Your account is yours again")).to_be_visible()
    picture(mailbox, "02-done")
    page.goto(f"{copy.url}/settings")
    assert "/accounts/login/" in page.url


def read(copy, to, pattern):
    """What a mail to somebody says, once it is there."""
    found = []

    def look():
        for file in (copy.state / "mail").glob("*"):
            letter = message_from_bytes(file.read_bytes().rpartition(b"-" * 79)[0], policy=default)
            text = letter.get_body("plain").get_content() if letter["To"] == to else ""
            if match := re.search(pattern, text, re.MULTILINE):
                found.append(match.group())
        return found

    copy.wait_for(look)
    return found[-1]
