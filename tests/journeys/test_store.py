"""Images in a real S3 store: seen, painted on, downloaded and packed in a browser; a store that is silent harms nothing else."""

import io
import re
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.people import sign_in
from tests.journeys.studio.test_mask import HEIGHT, WIDTH, drawn, paint
from tests.support.environment import free_port
from tests.support.network.plain import NOBODY
from tests.support.processes import Copy
from tests.support.store import Store

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys"), pytest.mark.proof]
DEMO = "demo@example.com"
SEEN = "all => all.map((one) => one.complete && one.naturalWidth)"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    made = Store(tmp_path_factory.mktemp("store"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def copy_on_s3(store, tmp_path_factory):
    """A copy of its own, which keeps its images in that store."""
    made = Copy(
        tmp_path_factory.mktemp("copy"), free_port(), free_port(), SANDBOX_LATENCY="0.2", **store.environment
    )
    try:
        made.wait_until_ready()
        yield made
    finally:
        made.stop()


def test_pictures_are_seen_painted_downloaded_and_packed(copy_on_s3, store, new_page, picture, size):
    page = new_page(size)
    sign_in(page, copy_on_s3, DEMO)
    page.goto(f"{copy_on_s3.url}/studio")
    page.locator("#upload").set_input_files(drawn("navy"))
    chip = page.locator("#references [data-paint]").first
    expect(chip.locator("img")).to_have_js_property("complete", value=True)
    if size == "desktop":
        mask(page, chip)
    page.get_by_role("textbox", name="Prompt").fill("A gold line where it was plain")
    if size == "phone":
        page.locator("details.settings > summary").click()
    page.get_by_role("group", name="Images").get_by_text("1", exact=True).click()
    page.locator("#generate-button").click()
    made = page.locator("#strip article.generation").first.locator(".frame a[data-lightbox] > img")
    expect(made).to_have_count(1)
    shown(page, made)
    picture(page, "01-studio")
    page.goto(f"{copy_on_s3.url}/gallery")
    shown(page, page.locator("a[data-lightbox] img"))
    picture(page, "02-gallery")
    page.locator("a[data-lightbox] img").first.click()
    shown(page, page.locator(".theatre .lightbox img").first)
    with page.expect_download() as download:
        page.locator('.theatre .lightbox a[href*="original?download"]:visible').first.click()
    original = download.value.path().read_bytes()
    names = [one["Key"] for one in store.client().list_objects_v2(Bucket=store.bucket)["Contents"]]
    kept = [store.client().get_object(Bucket=store.bucket, Key=name)["Body"].read() for name in names]
    assert original in kept


def mask(page: Page, chip):
    """Painted, kept, and painted on after the page was loaded anew: then the mask comes from the store into a canvas."""
    chip.click()
    painter = page.get_by_role("dialog", name="Paint what may change")
    expect(painter.get_by_text(f"Image 1 · {WIDTH} × {HEIGHT}")).to_be_visible()  # noqa: RUF001 -- as it is shown
    paint(page, painter)
    painter.get_by_role("button", name="Use mask").click()
    expect(painter).to_be_hidden()
    chip.click()
    expect(painter.locator("[data-painter-share]")).to_have_text(re.compile(r"^2[45]"))
    page.keyboard.press("i")
    expect(painter.locator("[data-painter-share]")).to_have_text(re.compile(r"^7[56]"))
    painter.get_by_role("button", name="Use mask").click()
    expect(painter).to_be_hidden()


def shown(page: Page, pictures):
    """Every one of them has arrived and can be drawn."""
    expect(pictures.first).to_be_visible()
    deadline = time.monotonic() + 20
    while not all(widths := pictures.evaluate_all(SEEN)):
        assert time.monotonic() < deadline, widths
        page.wait_for_timeout(200)


def test_a_batch_is_packed_and_fetched_from_the_store(copy_on_s3, store, new_page):
    page = new_page()
    sign_in(page, copy_on_s3, DEMO)
    page.goto(f"{copy_on_s3.url}/batches/new")
    page.get_by_label("Paste lines").fill("A brass bell\nA quince on linen")
    page.get_by_role("button", name="Check rows").click()
    page.get_by_role("button", name="Start 2 rows").click()
    page.get_by_role("button", name=re.compile("zip", re.IGNORECASE)).first.click()
    link = page.get_by_role("link", name=re.compile("zip", re.IGNORECASE)).first
    expect(link).to_be_visible()
    with page.expect_download() as download:
        link.click()
    assert download.value.url.startswith(store.address)
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as packed:
        assert sum(name.endswith(".png") for name in packed.namelist()) == 2


def test_housekeeping_and_the_books_know_the_store(copy_on_s3, store):
    store.client().put_object(Bucket=store.bucket, Key="previews/2026010100/old.webp", Body=b"1")
    said = copy_on_s3.manage(
        "shell",
        "--no-imports",
        "-c",
        "from generation.maintenance import orphans, retention; "
        "orphans.leave_mark(); print(retention.remove_previews(), orphans.sweep())",
    )
    assert said.split() == ["1", "0"]
    copy_on_s3.manage("reconcile")  # which fails for a file that is missing


def test_a_silent_store_costs_a_picture_seconds_and_others_nothing(copy_on_s3, store, new_page):
    page = new_page()
    sign_in(page, copy_on_s3, DEMO)
    page.goto(f"{copy_on_s3.url}/gallery")
    address = page.locator("a[data-lightbox] img").first.get_attribute("src")
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    token = copy_on_s3.manage(
        "create_token", "demo", "--name", "store", "--scopes", "generations:write"
    ).strip()
    server = psutil.Process(store.process.pid)
    with (
        httpx.Client(base_url=copy_on_s3.url, cookies=cookies, verify=NOBODY, timeout=60) as client,
        ThreadPoolExecutor() as beside,
    ):
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "the same"}
        body = {"model": "gpt-image-2.5-flare", "prompt": "A brass bell", "quality": "low"}

        def order() -> httpx.Response:
            return httpx.post(
                f"{copy_on_s3.url}/v1/images/generations",
                json=body,
                headers=headers,
                verify=NOBODY,
                timeout=60,
            )

        first = order().json()
        server.suspend()
        try:
            began = time.monotonic()
            picture, replayed = beside.submit(client.get, address), beside.submit(order)
            time.sleep(1)
            asked = time.monotonic()
            assert client.get("/gallery").status_code == 200
            assert time.monotonic() - asked < 5
            assert picture.result().status_code == 503
            assert picture.result().headers["Retry-After"]
            assert "Nothing is lost" in picture.result().text
            assert replayed.result().status_code == 503
            assert replayed.result().headers["x-should-retry"] == "true"
            assert replayed.result().json()["error"]["code"] == "storage_unavailable"
            assert time.monotonic() - began < 40
        finally:
            server.resume()
        copy_on_s3.wait_for(copy_on_s3.ready)
        assert client.get(address).status_code == 200
        assert order().json()["data"] == first["data"]
