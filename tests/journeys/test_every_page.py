"""Every page, at both sizes and in both themes: nothing for axe to find, nothing that sticks out, no complaint.

Pages come from the table of permissions, so that a page that is added there is looked at here.
"""

import re
from collections.abc import Callable
from typing import Final

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from config.management.commands.setup_demo import PASSWORD
from tests.journeys.conftest import SIZES
from tests.journeys.people import RICH, sign_in
from tests.journeys.seeds import PROMPT, Program, seeds
from tests.permissions.table import EVERYBODY, ROWS, Row
from tests.support.processes import Copy

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("journeys"), pytest.mark.proof]

NO_PAGES: Final = re.compile(
    r"/(healthz|readyz|metrics|llms(-full)?\.txt|files/|archives/|api/(v1|schema|docs$)|v1/)|\.(csv|md|atom|json)$"
    r"|/(events|live|prompts|composer)$|/(trial|return)/|/code$|/invitation|/address/undo|/top-up/saved"
)
"""No pages of their own: files, data, streams, parts of a page, and what only sends one on."""
OF_ALLAUTH: Final = (
    "/accounts/login/",
    "/accounts/login/?by=password",
    "/accounts/signup/",
    "/accounts/signup/passkey/",
    "/accounts/password/reset/",
)
OF_ALLAUTH_INSIDE: Final = (
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/email/",
    "/accounts/logout/",
    "/accounts/password/change/",
    "/accounts/reauthenticate/",
    "/accounts/reauthenticate/code/",
)
ALSO: Final = (
    "/address/undo",
    "/models/gpt-image-1",
    "/models/flux-2-max",
    "/developers/docs/quick-start",
    "/developers/docs/errors",
    "/developers/docs/openai",
    "/api/docs/openai_images_edit/",
)
ALSO_INSIDE: Final = (
    "/billing?need=40",
    "/billing/return/{purchase}",
    "/gallery?q=nothing-is-called-so",
    "/studio?remix={refused}",
    "/studio/generations/{generation}/code",
    "/styles?kind=photograph",
    "/styles/{preset}",
)
QUERIES: Final = {
    "/gallery/compare": "?a={image}&b={other}",
    "/batches/{failed}/again": "?row=2",
    "/developers/webhooks/{endpoint}": "?delivery={delivery}",
}


def press(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name).first.click()


def unfold(page: Page) -> None:
    page.get_by_role("textbox", name="Prompt").focus()
    page.locator("details:not([open]) > summary").evaluate_all("all => all.forEach((one) => one.click())")


def custom_size(page: Page) -> None:
    unfold(page)
    page.locator(".segmented label", has_text="Custom").click()
    page.locator("#edges-note").wait_for()


def card(page: Page) -> None:
    page.get_by_role("textbox", name="Prompt").fill(PROMPT)
    page.locator("#generate-button").click()
    page.locator("#strip a[data-lightbox] > img").first.wait_for()


def lightbox(page: Page) -> None:
    page.locator("a[data-lightbox]").first.click()
    page.locator(".theatre .lightbox").wait_for()


def keys(page: Page) -> None:
    page.keyboard.press("?")
    page.locator("#keys[open]").wait_for()


def models(page: Page) -> None:
    unfold(page)
    page.locator("#model-pick").click()
    page.locator("#models").wait_for()


OPENED: Final = {
    "studio-size": ("/studio", custom_size),
    "studio-models": ("/studio", models),
    "studio-link": ("/studio", press("Reference from a link")),
    "studio-keys": ("/studio", keys),
    "studio-card": ("/studio", card),
    "studio-lightbox": ("/studio", lightbox),
    "studio-code": ("/studio", lambda page: page.get_by_role("link", name="Copy as cURL").first.click()),
    "studio-painter": (
        "/studio?remix={edited}",
        lambda page: page.locator("#references [data-paint]").click(),
    ),
    "gallery-lightbox": ("/gallery", lightbox),
    "webhook-new": ("/developers/webhooks", press("New endpoint")),
    "workspace-invite": ("/workspace", press("Invite")),
    "style-versions": ("/styles/{style}", press("Versions")),
}
"""What opens on a page is a part of it."""


AXE: Final = """options => axe.run(document, options).then(({ violations }) => violations.flatMap(
  ({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")} ${failureSummary}`)))"""
RULES: Final = {"resultTypes": ["violations"], "preload": False, "iframes": False}
COLORS: Final = {**RULES, "runOnly": ["color-contrast", "link-in-text-block"]}
THEMES: Final = {"light": RULES, "dark": COLORS}
KEPT: Final = {("desktop", "light"), ("phone", "dark")}
WIDTHS: Final = {"as wide as DejaVu Sans": 0.51, "as narrow as Roboto": 0.44}
"""Ems that a character takes on average, in the widest and the narrowest of the fonts that people have."""
FONT: Final = """width => {
  const [sheet] = document.adoptedStyleSheets.length ? document.adoptedStyleSheets : [new CSSStyleSheet()];
  document.adoptedStyleSheets = [sheet];
  sheet.replaceSync("");
  const sample = "The quick brown fox jumps over the lazy dog. Choose or drop a file: prompt, shape, quality, 1,024 x 1,024";
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `100px ${getComputedStyle(document.body).fontFamily}`;
  const now = pen.measureText(sample).width / sample.length / 100;
  sheet.replaceSync(`*, ::before, ::after { letter-spacing: ${(width - now).toFixed(4)}em }`);
  const over = document.documentElement.scrollWidth - innerWidth;
  sheet.replaceSync("");
  return over;
}"""
"""How far a page sticks out with a font of this width, whichever font this machine has."""


@pytest.fixture(scope="module")
def owner(crowd):
    """Whose pages are looked at, once somebody is signed in."""
    return next(crowd[RICH])


@pytest.fixture(scope="module")
def seeded(copy, owner):
    with Program(copy, owner.slug) as program:
        return seeds(program)


def addresses(rows: list[Row]) -> list[str]:
    found = dict.fromkeys(row.address for row in rows if row.verb == "GET" and row.ok == 200)
    return [one + QUERIES.get(one, "") for one in found if not NO_PAGES.search(one)]


OUTSIDE: Final = [*addresses([row for row in ROWS if row.who is EVERYBODY]), *OF_ALLAUTH, *ALSO]
INSIDE: Final = [
    *addresses([row for row in ROWS if row.who is not EVERYBODY]),
    *OF_ALLAUTH_INSIDE,
    *ALSO_INSIDE,
]


def looked_at(page: Page, name: str, keep: Callable[[Page, str], None]) -> list[str]:
    """What is wrong with the page that is open, at both sizes and in both themes.

    A theme changes colors alone, so that in the dark only what is about colors is asked again.
    """
    wrong = []
    touch = page.context.new_cdp_session(page)
    page.evaluate(AXE_SCRIPT)
    for size, box in SIZES.items():
        touch.send("Emulation.setTouchEmulationEnabled", {"enabled": size == "phone"})
        page.set_viewport_size(box)
        for theme, rules in THEMES.items():
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            wrong += [f"{name}, {size}, {theme}: {one}" for one in page.evaluate(AXE, rules)]
            if (size, theme) in KEPT:
                keep(page, f"{name}-{size}-{theme}")
        for font, width in WIDTHS.items():
            over = page.evaluate(FONT, width)
            wrong += [f"{name}, {size}, {font}: sticks out by {over} px"] if over > 0 else []
    touch.detach()
    return wrong


def slug(address: str) -> str:
    return re.sub(r"\W+", "-", address).strip("-") or "landing"


def test_pages_before_signing_in(copy, new_page, picture):
    page = new_page(refused=404, delay=0)
    wrong = []
    for address in [*OUTSIDE, "/there-is-no-such-page"]:
        page.goto(f"{copy.url}{address}")
        wrong += looked_at(page, slug(address), picture)
    assert not wrong, "\n".join(wrong)


def prove(page: Page, copy: Copy) -> None:
    """Some of the pages are for those who have just shown that it is them."""
    page.goto(f"{copy.url}/accounts/reauthenticate/?next=/settings")
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{copy.url}/settings")


def test_pages_of_the_product(copy, new_page, picture, owner, seeded):
    page = new_page(delay=0)
    sign_in(page, copy, owner.email)
    prove(page, copy)
    wrong = []
    for address in INSIDE:
        page.goto(copy.url + address.format(**seeded))
        wrong += looked_at(page, slug(address), picture)
    assert not wrong, "\n".join(wrong)


def test_what_opens_on_them(copy, new_page, picture, owner, seeded):
    page = new_page(delay=0)
    sign_in(page, copy, owner.email)
    wrong = []
    for name, (address, opens) in OPENED.items():
        page.set_viewport_size(SIZES["desktop"])
        page.goto(copy.url + address.format(**seeded))
        opens(page)
        wrong += looked_at(page, name, picture)
    assert not wrong, "\n".join(wrong)
