"""A passkey from its making to a sign-in, with the authenticator that Chromium plays."""

import pytest
from playwright.sync_api import Page, expect

from config.management.commands.setup_demo import PASSWORD

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("journeys")]

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def plug_in(page: Page) -> None:
    """A device that holds passkeys, and whose owner always touches it."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def test_a_passkey_is_made_and_opens_the_door(copy, person, new_page):
    page = new_page()
    plug_in(page)
    site = copy.url.replace("127.0.0.1", "localhost")  # a passkey belongs to a name, never to an address

    page.goto(f"{site}/accounts/login/?by=password")
    page.get_by_label("Email").fill(person.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site}/studio")

    page.goto(f"{site}/accounts/reauthenticate/?next=/accounts/2fa/webauthn/add/")
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Name").fill("This laptop")
    page.get_by_role("button", name="Create passkey").click()
    page.wait_for_url(lambda url: not url.endswith("/webauthn/add/"))
    page.goto(f"{site}/settings")
    expect(page.locator("#passkeys")).to_contain_text("This laptop")

    page.goto(f"{site}/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{site}/accounts/login/?by=password")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{site}/studio")
    expect(page.get_by_role("textbox", name="Prompt")).to_be_visible()
