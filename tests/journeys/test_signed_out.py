"""A session ends, or its token is renewed in another tab, while something is being typed: it is all there afterwards."""

import re

import pytest
from playwright.sync_api import expect

from config.management.commands.setup_demo import PASSWORD
from tests.journeys.people import sign_in

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
PROMPT = "A harbor at low tide, gulls on the mud"


def end_session(page):
    """What a month, or "End all others" in another browser, does."""
    page.context.clear_cookies(name="sessionid")


def sign_in_again(page, copy, email):
    """By what the page offers, whose address is left as it is."""
    expect(page.get_by_text("You were signed out")).to_be_visible()
    page.get_by_role("link", name="Use a password").click()
    page.get_by_label("Email").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/accounts/" not in url)


@pytest.mark.parametrize("cookies", [pytest.param("session", marks=pytest.mark.proof), "all"])
def test_what_was_typed_in_the_studio_is_there_again(copy, new_page, picture, person, cookies):
    page = new_page()
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/studio")
    prompt = page.get_by_role("textbox", name="Prompt")
    prompt.fill(PROMPT)
    page.locator("label", has=page.locator("#quality-high")).click()
    button = page.locator("#generate-button")
    expect(button).to_contain_text("12 credits")
    if cookies == "session":
        end_session(page)
    else:
        page.context.clear_cookies()
    button.click()
    picture(page, "01-signed-out")
    expect(page.get_by_text("What you typed is kept")).to_be_visible()
    sign_in_again(page, copy, person.email)
    assert page.url == f"{copy.url}/studio"
    expect(prompt).to_have_value(PROMPT)
    expect(page.locator("#quality-high")).to_be_checked()
    expect(button).to_contain_text("12 credits")
    picture(page, "02-again")
    button.click()
    expect(page.locator("#strip [data-card]")).to_have_count(1)


FORMS = {
    "settings": ("/settings", None, {"#id_name": "Quinn Quill"}, "Save"),
    "workspace": ("/workspace", None, {"#id_name": "Atelier Quill"}, "Save"),
    "invite": ("/workspace", "Invite", {"#invite-email": "lena@example.com"}, "Send invitation"),
    "token": ("/developers", "New token", {"#id_name": "Shop", "#id_day": "40"}, "Create token"),
    "style": (
        "/styles/new",
        None,
        {"#name": "Linen", "#template": "{prompt}, on linen"},
        re.compile("^Save"),
    ),
}


QUICK = {("session", "invite"), ("session", "style"), ("token", "token"), ("token", "style")}
CASES = [
    pytest.param(how, form, marks=[] if (how, form) in QUICK else pytest.mark.proof)
    for how in ("session", "token")
    for form in FORMS
]


@pytest.mark.parametrize(("how", "form"), CASES)
def test_what_was_typed_in_a_form_is_there_again(copy, new_page, person, form, how):
    path, opener, fields, action = FORMS[form]
    page = new_page()
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}{path}")
    if opener:
        page.get_by_role("button", name=opener).first.click()
    for field, words in fields.items():
        page.locator(field).fill(words)
    if how == "session":
        end_session(page)
    else:
        page.context.clear_cookies(name="csrftoken")
    press = page.get_by_role("button", name=action).first
    press.click()
    if how == "session":
        sign_in_again(page, copy, person.email)
    else:
        expect(page.get_by_text("nothing was sent")).to_be_visible()
    assert page.url.startswith(f"{copy.url}{path}")
    for field, words in fields.items():
        expect(page.locator(field)).to_have_value(words)
        expect(page.locator(field)).to_be_visible()
    press.click()
    expect(page.get_by_text("You were signed out")).to_have_count(0)
    expect(page.get_by_text("nothing was sent")).to_have_count(0)


def test_nobody_else_finds_it(copy, new_page, person, poor):
    page = new_page()
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/settings")
    before = page.locator("#id_name").input_value()
    page.locator("#id_name").fill("Quinn Quill")
    end_session(page)
    page.get_by_role("button", name="Save").click()
    sign_in_again(page, copy, poor.email)
    expect(page.locator("#email")).to_have_value(poor.email)
    expect(page.locator("#id_name")).to_have_value(before)


def test_a_page_that_lies_open_says_it_and_stays(copy, new_page, person):
    page = new_page()
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/studio")
    prompt = page.get_by_role("textbox", name="Prompt")
    prompt.fill(PROMPT)
    end_session(page)
    page.evaluate("document.dispatchEvent(new Event('studio:refresh'))")
    expect(page.locator("#toasts").get_by_text("You were signed out")).to_be_visible()
    expect(prompt).to_have_value(PROMPT)
    page.locator("#toasts").get_by_role("link", name="Sign in").click()
    sign_in_again(page, copy, person.email)
    expect(prompt).to_have_value(PROMPT)
