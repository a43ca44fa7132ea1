"""The pages of batches: from pasted lines to the zip, at the price that was shown, with few queries."""

import re
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User, Workspace
from billing import ledger
from billing.ledger import balance
from billing.ledger.balance import Balance
from generation.batches import drafts, transitions
from generation.batches.parsing import ParsedRow
from generation.lifecycle import claims
from generation.models import Batch, Generation, Image, Outcome, Reason
from generation.providers.contract import ProviderFailure
from generation.worker import outcomes

HTMX = {"HX-Request": "true"}
COMMON = {"model": "gpt-image-2.5-flare", "quality": "low", "size": "1:1"}
TABLE = b"prompt,name,shape,sku\na bell,bell,1:1,x\nwheat,wheat,5:1,y\n,lamp,,z\n"


@pytest.fixture
def browser(funded: Workspace, bob: User, client_for) -> Client:
    return client_for(bob)


@pytest.fixture
def draft(funded: Workspace, bob: User) -> Callable[..., Batch]:
    def make(*prompts: str) -> Batch:
        return drafts.create(funded, [ParsedRow(one) for one in prompts], common=COMMON, user=bob)

    return make


def fail_all() -> None:
    for image in Image.objects.filter(status="waiting").order_by("pk"):
        work = claims.claim(image.pk)
        outcomes.record_failed(work, ProviderFailure(Reason.MODERATION_INPUT, Outcome.REFUSED, "no"))


def test_a_table_becomes_a_draft_with_what_is_wrong_in_it(browser, funded):
    file = SimpleUploadedFile("autumn-catalog.csv", TABLE)
    answer = browser.post("/batches/new", {"file": file, **COMMON})
    batch = Batch.objects.get()
    assert answer["Location"] == f"/batches/{batch.public_id}"
    page = browser.get(answer["Location"]).content.decode()
    assert batch.name == "Autumn catalog"
    assert "3 rows checked" in page
    assert "1 ready" in page
    assert "2 to fix" in page
    assert "Use 16:9" in page
    assert "The prompt is empty" in page
    assert "were ignored: sku" in page
    assert re.search(r"Start 1 row<span class=\"price\">1 credit", page)
    assert balance.for_workspace(funded) == Balance(available=100)


def test_a_draft_without_settings_opens_with_what_is_wrong_in_it(browser, funded):
    batch = drafts.create(funded, [ParsedRow(""), ParsedRow("wheat", overrides={"size": "5:1"})])
    answer = browser.get(f"/batches/{batch.public_id}")
    assert answer.status_code == 200
    assert "2 to fix" in answer.content.decode()


def test_nothing_pasted_comes_back_with_a_sentence(browser):
    answer = browser.post("/batches/new", {"lines": " \n"})
    assert answer.status_code == 422
    assert "There are no rows yet" in answer.content.decode()
    assert not Batch.objects.exists()


def test_rows_are_corrected_in_place(browser, draft):
    batch = draft("a bell", "")
    address = f"/batches/{batch.public_id}/rows/2"
    swapped = browser.post(address, {"prompt": "a lamp"}, headers=HTMX).content.decode()
    assert 'id="row-2"' in swapped
    assert "to fix" not in swapped
    assert "Start 2 rows" in swapped
    swapped = browser.post(address, {"out": "1"}, headers=HTMX).content.decode()
    assert "Put it back" in swapped
    assert "Start 1 row<" in swapped
    assert browser.post(f"/batches/{batch.public_id}/rows/9", {"out": "1"}).status_code == 404


def test_the_nearest_shape_is_one_click(browser, funded):
    batch = drafts.create(funded, [ParsedRow("wheat", overrides={"size": "5:1"})], common=COMMON)
    browser.post(f"/batches/{batch.public_id}/rows/1", {"nearest": "16:9", "size": "5:1"}, headers=HTMX)
    row = batch.rows.get()
    assert (row.overrides["size"], row.error) == ("16:9", "")


def test_settings_change_every_price(browser, draft):
    batch = draft("a bell", "a fig")
    page = browser.post(
        f"/batches/{batch.public_id}/settings", {**COMMON, "quality": "high", "name": "Figs"}, headers=HTMX
    ).content.decode()
    assert "6 credits" in page
    batch.refresh_from_db()
    assert batch.name == "Figs"
    browser.post(f"/batches/{batch.public_id}/settings", {"model": "flux-schnell", "quality": "high"})
    batch.refresh_from_db()
    assert batch.common["quality"] == ""


def test_it_starts_at_the_price_that_was_shown_and_no_other(browser, draft, funded):
    batch = draft("a bell", "a fig")
    start = f"/batches/{batch.public_id}/start"
    for price in ("", "x", "1"):
        assert browser.post(start, {"max_credits": price}).status_code == 302
        assert not Generation.objects.exists()
    assert balance.for_workspace(funded) == Balance(available=100)
    assert "costs 2 credits" in browser.get(f"/batches/{batch.public_id}").content.decode()
    browser.post(start, {"max_credits": "2"})
    browser.post(start, {"max_credits": "2"})
    assert balance.for_workspace(funded) == Balance(available=98, held=2)
    page = browser.get(f"/batches/{batch.public_id}").content.decode()
    assert "Held for the rest" in page
    assert "Cancel rest" in page


def test_short_of_credits_the_button_buys_and_the_draft_stays(browser, draft, funded):
    batch = draft(*["a bell"] * 101)
    page = browser.get(f"/batches/{batch.public_id}").content.decode()
    assert "Buy credits" in page
    assert "1 short" in page
    browser.post(f"/batches/{batch.public_id}/start", {"max_credits": "101"})
    batch.refresh_from_db()
    assert batch.is_draft
    assert balance.for_workspace(funded) == Balance(available=100)


def test_it_is_paused_resumed_canceled_and_retried(browser, draft, funded):
    batch = transitions.start(draft("a bell", "a fig"))
    here = f"/batches/{batch.public_id}"
    browser.post(f"{here}/pause")
    assert "Resume" in browser.get(here).content.decode()
    browser.post(f"{here}/resume")
    browser.post(f"{here}/cancel")
    batch.refresh_from_db()
    assert (batch.status, balance.for_workspace(funded).available) == ("canceled", 100)
    assert "Retry 2" in browser.get(here).content.decode()
    dialog = browser.get(f"{here}/again", headers=HTMX).content.decode()
    assert 'name="max_credits" value="2"' in dialog
    one = browser.get(f"{here}/again?row=1", headers=HTMX).content.decode()
    assert "a bell</textarea>" in one
    browser.post(f"{here}/retry", {"row": "1", "prompt": "a calm bell", "max_credits": "1"})
    assert balance.for_workspace(funded) == Balance(available=99, held=1)
    assert batch.rows.get(position=1).generation.prompt == "a calm bell"


def test_what_has_changed_is_merged(browser, draft):
    batch = transitions.start(draft("a bell", "a fig"))
    fail_all()
    merged = browser.get(f"/batches/{batch.public_id}/live?since=1").content.decode()
    assert merged.count('hx-swap-oob="true"') >= 7
    assert 'id="tile-2"' in merged
    assert "declined by the provider" in merged
    assert "hx-trigger" not in re.search(r'<div id="ticker".*?>', merged).group()


def test_the_list_asks_as_little_for_twenty_as_for_one(browser, draft, django_assert_max_num_queries):
    for number in range(21):
        batch = draft("a bell")
        if number % 2:
            transitions.start(batch)
    browser.get("/batches?after=none")  # who one is and what one may is known then
    with django_assert_max_num_queries(12):
        page = browser.get("/batches").content.decode()
    assert page.count("/batches/bat_") == 20
    more = re.search(r'hx-get="(/batches\?after=[^"]+)"', page).group(1)
    rest = browser.get(more, headers=HTMX).content.decode()
    assert rest.count("/batches/bat_") == 1


def test_the_grid_pages_by_key_and_filters(browser, draft, funded, django_assert_max_num_queries):
    ledger.grant(funded, 1000, key="more", reference="test")
    batch = transitions.start(draft(*[f"a bell {n}" for n in range(200)]))
    with django_assert_max_num_queries(18):
        page = browser.get(f"/batches/{batch.public_id}").content.decode()
    assert page.count('id="tile-') == 96
    more = re.search(r'hx-get="([^"]+after=96[^"]*)"', page).group(1).replace("&amp;", "&")
    assert 'id="tile-97"' in browser.get(more, headers=HTMX).content.decode()
    assert "No rows are done" in browser.get(f"/batches/{batch.public_id}?state=done").content.decode()


def test_the_table_goes_out_harmless(browser, draft):
    batch = transitions.start(draft("=cmd|' /C calc'!A0", "a fig"))
    answer = browser.get(f"/batches/{batch.public_id}/rows.csv")
    text = answer.getvalue().decode("utf-8-sig")
    assert answer["Content-Disposition"].startswith("attachment")
    assert "'=cmd|" in text
    assert "\n=" not in text
    assert ",=" not in text


def test_viewers_look_and_start_nothing(client_for, vera, draft, funded):
    batch = draft("a bell")
    browser = client_for(vera)
    page = browser.get(f"/batches/{batch.public_id}").content.decode()
    assert "Members of this workspace can start it" in page
    assert browser.post(f"/batches/{batch.public_id}/start", {"max_credits": "1"}).status_code == 403
    assert balance.for_workspace(funded) == Balance(available=100)


def test_the_studio_shows_a_batch_as_one_thing(browser, draft):
    batch = transitions.start(draft("a bell", "a fig", "a lamp"))
    page = browser.get("/studio").content.decode()
    assert page.count(f"/batches/{batch.public_id}") == 1
    assert "Queue, 1 running" in page


def test_the_statement_shows_a_batch_as_one_line(browser, client_for, alice, draft):
    batch = transitions.start(draft("a bell", "a fig"))
    page = client_for(alice).get("/billing").content.decode()
    assert page.count(f"/batches/{batch.public_id}") >= 1
    assert batch.name in page
