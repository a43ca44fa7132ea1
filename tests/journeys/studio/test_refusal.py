"""A refusal, from the words that nobody is charged for to a person's answer, as who asks and who answers live it."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import each_size
from tests.journeys.people import sign_in

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
PROMPTS = {
    "desktop": "A tapestry: knights, one of them dismembered, woven in wool",
    "phone": "A fresco: knights, one of them dismembered, on old plaster",
}
TAMER = ("one of them dismembered", "all of them at supper")


def credits_of(page: Page) -> str:
    return re.sub(r"\s+", " ", page.locator("#credits").inner_text())


def generate(page: Page, size):
    if size == "phone" and not page.locator("details.settings[open]").count():
        page.get_by_role("textbox", name="Prompt").click()
    page.locator("#generate-button").click()


@pytest.mark.parametrize("size", each_size("phone"), indirect=True)
def test_a_refused_prompt_is_appealed_answered_and_said_in_other_words(copy, new_page, picture, size, person):
    page = new_page(size)
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/studio")
    before = credits_of(page)
    page.get_by_role("textbox", name="Prompt").fill(PROMPTS[size])
    generate(page, size)
    verdict = page.locator("#strip .verdict").first
    expect(verdict).to_contain_text("This was stopped before it was sent")
    expect(verdict).to_contain_text("graphic injury")
    expect(verdict.locator(".receipt .total")).to_contain_text("0 credits")
    expect(page.locator("#credits")).to_have_text(re.compile(re.escape(before.split()[0])))
    assert credits_of(page) == before
    asked = {"prompt": PROMPTS[size]}
    assert httpx.get(f"{copy.twins}/_control/openai/log", params=asked).json()["count"] == 0
    assert httpx.get(f"{copy.twins}/_control/openai/checks", params=asked).json()["count"] == 1
    verdict.scroll_into_view_if_needed()
    picture(page, "01-refused")

    verdict.get_by_role("link", name="Ask a person to look").click()
    page.get_by_label("What should they know?").fill("It is a copy of a tapestry in a museum.")
    picture(page, "02-appeal")
    page.get_by_role("button", name="Ask a person to look").click()
    expect(verdict).to_contain_text("A person was asked to look")
    expect(page.locator(".toast").last).to_contain_text("The answer will come by email")
    picture(page, "03-asked")

    decide(new_page("desktop"), copy, picture, PROMPTS[size])
    expect(verdict).to_contain_text("the block was wrong")  # told live, without a reload
    expect(verdict).to_contain_text("It hangs in a museum, and may be woven again.")
    verdict.scroll_into_view_if_needed()
    picture(page, "06-answered")
    copy.wait_for(
        lambda: any("the block was wrong" in mail.read_text() for mail in (copy.state / "mail").glob("*"))
    )

    prompt = page.get_by_role("textbox", name="Prompt")
    prompt.fill("")
    verdict.get_by_role("link", name="Edit and try again").click()
    expect(prompt).to_have_value(PROMPTS[size])
    prompt.fill(PROMPTS[size].replace(*TAMER))
    generate(page, size)
    made = page.locator("#strip article.generation").first
    expect(made.locator(".frame a[data-lightbox] > img").first).to_be_visible()
    picture(page, "07-made")


def decide(page, copy, picture, prompt):
    sign_in(page, copy, "operator@example.com")
    page.goto(f"{copy.url}/admin/generation/appeal/")
    page.locator("#result_list tbody tr", has_text=prompt[:30]).first.get_by_role("link").first.click()
    expect(page.get_by_text("It is a copy of a tapestry in a museum.")).to_be_visible()
    picture(page, "04-operator")
    page.get_by_role("link", name="The block was wrong").last.click()
    page.get_by_label("Reason").fill("It hangs in a museum, and may be woven again.")
    picture(page, "05-operator-decides")
    page.get_by_role("button", name="The block was wrong").click()
    expect(page.get_by_text("the email is on its way")).to_be_visible()
