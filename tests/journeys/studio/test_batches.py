"""Batches: a table with two bad rows that are mended in place, one price, a grid that fills, a row again, one zip."""

import io
import re
import secrets
import zipfile

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import SCRIPT
from tests.journeys.people import sign_in

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]


def table(marker) -> dict:
    lines = [
        "prompt,name,shape,quality",
        f'"A brass bell on grey felt, {marker}",bell,1:1,low',
        ",quince,1:1,low",
        f'"A pear on blue paper, {marker}",pear,5:1,low',
        f'"A fig that fails once, {marker}",fig,1:1,low',
    ]
    return {"name": "autumn.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}


def test_a_table_is_mended_started_retried_and_packed(copy, new_page, picture, size, script, person):
    page, marker = new_page(size), f"table {secrets.token_hex(3)}"
    script({"do": "moderation_output", "match": {"prompt": f"fails once, {marker}"}})
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/batches/new")
    page.get_by_label("Name of the batch").fill(f"Autumn, {size}")
    page.get_by_label("Paste lines").fill("A bell\n\nA quince")
    page.get_by_role("button", name="Check rows").click()
    expect(page.get_by_role("heading", name="2 rows checked")).to_be_visible()
    page.locator("input[name=file]").set_input_files(table(marker))
    expect(page.get_by_role("heading", name="4 rows checked")).to_be_visible()
    expect(page.get_by_text("2 to fix")).to_be_visible()
    picture(page, "01-two-to-fix")
    mend(page, marker)
    picture(page, "02-mended")
    start = page.get_by_role("button", name=re.compile("Start 4 rows"))
    expect(start).to_contain_text("4 credits")
    start.click()
    expect(page.get_by_role("heading", name=f"Autumn, {size}")).to_be_visible()
    tiles = page.locator("#tiles")
    expect(tiles.locator(".frame > a > img")).to_have_count(3)
    expect(tiles.locator(".frame.refused")).to_have_count(1)
    expect(page.locator("#receipt .total")).to_contain_text("3 credits")
    picture(page, "03-three-of-four")
    again(page, picture)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    packed(page, picture)


def mend(page: Page, marker):
    """The empty prompt is written, the shape that no model draws is swapped for the nearest; the table stays."""
    page.get_by_label("Prompt of row 2").fill(f"A quince on linen, {marker}")
    page.locator("#row-2").get_by_role("button", name="Check again").click()
    expect(page.get_by_text("1 to fix")).to_be_visible()
    page.locator("#row-3").get_by_role("button", name=re.compile("^Use ")).click()
    expect(page.get_by_text("4 ready")).to_be_visible()
    expect(page.get_by_text("to fix")).to_have_count(0)


def again(page: Page, picture):
    page.locator("#head").get_by_role("link", name="Retry 1").click()
    dialog = page.get_by_role("dialog", name="Retry what failed")
    expect(dialog).to_contain_text("1 row, 1 image not delivered")
    picture(page, "04-again")
    dialog.get_by_role("button", name="Retry 1").click()
    expect(page.locator("#tiles .frame > a > img")).to_have_count(4)
    expect(page.locator("#head")).to_contain_text("4 done")
    expect(page.locator("#receipt .total")).to_contain_text("4 credits")


def packed(page: Page, picture):
    page.locator("#head").get_by_role("button", name="Zip, 4").click()
    link = page.locator("#head").get_by_role("link", name=re.compile("^Zip, 4 · "))
    expect(link).to_be_visible()
    picture(page, "05-packed")
    with page.expect_download() as download:
        link.click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as kept:
        names = kept.namelist()
        assert kept.testzip() is None
    assert len(names) == 5
    assert "index.csv" in names
    assert [word for word in ("bell", "fig", "pear", "quince") if any(word in name for name in names)] == [
        "bell",
        "fig",
        "pear",
        "quince",
    ]


def test_a_batch_is_paused_and_its_rest_is_canceled(copy, new_page, picture, size, script, person):
    """Fifteen are with the provider, which holds them; the three behind them are never sent."""
    page, marker = new_page(size), f"pause {secrets.token_hex(3)}"
    script({"do": "hold", "times": 0, "match": {"prompt": marker}})
    sign_in(page, copy, person.email)
    page.goto(f"{copy.url}/batches/new")
    page.get_by_label("Paste lines").fill("\n".join(f"Bell {number}, {marker}" for number in range(18)))
    page.get_by_role("button", name="Check rows").click()
    page.get_by_role("button", name=re.compile("Start 18 rows")).click()
    running = page.locator("#tiles .badge.live")
    expect(running).to_have_count(15)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#head")).to_contain_text("Paused, 0 of 18")
    picture(page, "01-paused")
    page.get_by_role("button", name="Cancel rest").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the rest").click()
    expect(page.locator("#chips")).to_contain_text("Failed 3")
    httpx.delete(f"{copy.twins}{SCRIPT}").raise_for_status()
    expect(page.locator("#head")).to_contain_text("3 rows not made and not charged")
    expect(page.locator("#tiles .frame > a > img")).to_have_count(15)
    expect(page.locator("#receipt .total")).to_contain_text("15 credits")
    expect(page.locator("#receipt")).to_contain_text("Returned3")
    picture(page, "02-canceled")
    asked = httpx.get(f"{copy.twins}/_control/openai/log", params={"prompt": marker}).json()
    assert asked["count"] == 15
