"""Is this one of ours: an original is known by its bytes or its hash, a copy that was saved again is not."""

import hashlib
import io

import pytest
from PIL import Image as Picture
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
PROMPT = "A fox that nobody else shall read of"


@pytest.fixture
def original(program):
    (image,) = program.make(PROMPT)["images"]
    answer = program.http.get(f"/images/{image['id']}/download", follow_redirects=True)
    return answer.raise_for_status().content


def ask(page: Page, name, content):
    page.locator("input[name=file]").set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": content}
    )
    expect(page.locator("[data-drop-name]")).to_contain_text(name)
    page.get_by_role("button", name="Check").click()


def test_an_original_is_known_and_a_copy_is_not(copy, new_page, picture, size, original):
    page = new_page(size)
    page.goto(f"{copy.url}/verify")
    result = page.locator("#result")
    ask(page, "original.png", original)
    expect(result.get_by_role("heading")).to_contain_text("Yes. Made here on")
    expect(result).to_contain_text("Made with")
    expect(result).not_to_contain_text(PROMPT)
    picture(page, "01-exact")

    again = io.BytesIO()
    Picture.open(io.BytesIO(original)).convert("RGB").save(again, "JPEG", quality=90)
    ask(page, "saved-again.jpg", again.getvalue())
    expect(result.get_by_role("heading")).to_have_text("We have no record of it.")
    expect(result).to_contain_text("proves nothing")
    picture(page, "02-saved-again")

    page.get_by_label("SHA-256").fill(hashlib.sha256(original).hexdigest().upper())
    page.get_by_label("SHA-256").press("Enter")
    expect(result.get_by_role("heading")).to_contain_text("Yes. Made here on")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, "03-by-hash")
