"""All that is wrong with a row is said at once, each with the control that mends it."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from generation.batches import drafts
from generation.batches.parsing import ParsedRow
from generation.models import Batch
from generation.styles import authoring
from generation.styles.authoring import StyleContent

COMMON = {"model": "gpt-image-2.5-flare", "quality": "low", "size": "1:1"}
WRONG = {
    "n": "many",
    "style": "no-such",
    "size": "wide",
    "quality": "ultra",
    "background": "green",
    "output_format": "bmp",
    "moderation": "none",
    "references": ["rfe_x"],
}


@pytest.fixture
def browser(funded, bob, client_for):
    return client_for(bob)


def row_of(workspace, prompt="a bell", **overrides):
    batch = drafts.create(workspace, [ParsedRow(prompt, overrides=overrides)], common=COMMON)
    return batch.rows.get()


def test_every_fault_is_found_and_each_once(funded):
    row = row_of(funded, " ", **WRONG)
    assert {one["param"] for one in row.problems} == {"prompt", *WRONG}
    assert len(row.problems) == len(WRONG) + 1
    assert row.error == " ".join(one["message"] for one in row.problems)
    assert "charged" not in row.error
    for param, value in WRONG.items():
        assert [one["param"] for one in row_of(funded, **{param: value}).problems] == [param]


def test_a_model_that_is_unknown_hides_no_other_fault_and_makes_none(funded):
    row = row_of(funded, "", model="no-such", quality="ultra", n="x")
    assert {one["param"] for one in row.problems} == {"prompt", "model", "quality", "n"}
    # It may be right for the model that was meant.
    row = row_of(funded, model="no-such", quality="high", size="16:9")
    assert [one["param"] for one in row.problems] == ["model"]


def test_a_fault_of_the_batch_s_own_settings_hides_none_of_a_row(funded):
    batch = drafts.create(
        funded, [ParsedRow("a bell", overrides={"n": "x"})], common={**COMMON, "quality": "ultra"}
    )
    assert {one["param"] for one in batch.rows.get().problems} == {"quality", "n"}


def test_a_row_that_an_earlier_version_has_checked_has_its_fault(funded):
    row = row_of(funded, n="x")
    row.faults = []
    assert [(one["param"], one["message"]) for one in row.problems] == [("n", row.error)]


@pytest.mark.parametrize(
    ("said", "count"),
    [("2", 2), ("2.0", 2), ("2.00", 2), ("2,0", 2), (" 2 ", 2), ("1.5", None), ("1,000", None), ("2.", None), ("1e0", None)],
)  # fmt: skip
def test_whole_numbers_are_written_in_many_ways(funded, said, count):
    row = row_of(funded, n=said)
    assert (row.count if not row.error else None) == count


def test_each_fault_has_the_control_that_mends_it(browser, funded):
    row = row_of(funded, " ", **WRONG)
    page = browser.get(f"/batches/{row.batch.public_id}").content.decode()
    form = re.search(r'<tr class="fault".*?</tr>', page, re.DOTALL).group()
    controls = dict(re.findall(r'<(?:select|textarea|input[^>]*class="input")[^>]*?\sname="(\w+)"()', form))
    assert set(controls) == {"prompt", *WRONG}
    assert re.search(r'<textarea[^>]*name="prompt"', form)
    assert re.search(r'<input[^>]*class="input"[^>]*name="n"[^>]*type="number" min="1" max="\d+"', form)
    for name in set(WRONG) - {"n"}:
        assert re.search(rf'<select[^>]*name="{name}"', form)
    assert form.count('aria-invalid="true"') == len(WRONG) + 1
    for described in re.findall(r'aria-describedby="([^"]+)"', form):
        assert f'id="{described}"' in form


def test_one_fault_is_mended_while_the_others_stay(browser, funded):
    row = row_of(funded, " ", **WRONG)
    address = f"/batches/{row.batch.public_id}/rows/1"
    kept = {**WRONG, "prompt": " ", "references": "kept", "n": ["many", ""]}
    browser.post(address, {**kept, "quality": "high"}, headers={"HX-Request": "true"})
    row.refresh_from_db()
    assert {one["param"] for one in row.problems} == {"prompt", *WRONG} - {"quality"}
    assert row.overrides["references"] == ["rfe_x"]
    browser.post(address, {**kept, "quality": "high", "nearest": "1:1"}, headers={"HX-Request": "true"})
    row.refresh_from_db()
    assert {one["param"] for one in row.problems} == {"prompt", *WRONG} - {"quality", "size"}
    rest = {
        "prompt": "a bell",
        "style": "",
        "background": "",
        "output_format": "webp",
        "moderation": "auto",
        "references": "",
    }
    browser.post(address, {**rest, "n": ["many", "2"]}, headers={"HX-Request": "true"})
    row.refresh_from_db()
    assert (row.error, row.count, row.quality) == ("", 2, "high")


def test_choices_are_those_of_the_row_s_own_model(browser, funded):
    row = row_of(funded, model="flux-schnell", output_format="bmp")
    page = browser.get(f"/batches/{row.batch.public_id}").content.decode()
    select = re.search(r'<select[^>]*name="output_format"[^>]*data-fix.*?</select>', page, re.DOTALL).group()
    assert re.findall(r'value="(\w*)"', select)[:2] == ["bmp", ""]


def test_words_for_a_placeholder_are_written_in_the_row(browser, funded):
    wording = StyleContent("{prompt} on {surface}", slots={"surface": {"required": True}})
    style = authoring.save(funded, None, wording, name="Still life")
    row = row_of(funded, style=style.public_id)
    page = browser.get(f"/batches/{row.batch.public_id}").content.decode()
    assert re.search(r'<input[^>]*class="input"[^>]*name="column-surface"', page)
    browser.post(f"/batches/{row.batch.public_id}/rows/1", {"column-surface": "oak", "column-other": "x"})
    row.refresh_from_db()
    assert (row.error, row.overrides["columns"]) == ("", {"surface": "oak"})


def test_several_files_or_a_file_with_lines_are_refused(browser):
    files = [SimpleUploadedFile(f"{name}.csv", b"prompt\na fig\n") for name in "ab"]
    answer = browser.post("/batches/new", {"file": files})
    assert answer.status_code == 422
    assert "these are 2" in answer.content.decode()
    answer = browser.post("/batches/new", {"file": files[0], "lines": "a bell"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "There are lines and a file" in page
    assert "a bell</textarea>" in page
    assert not Batch.objects.exists()
