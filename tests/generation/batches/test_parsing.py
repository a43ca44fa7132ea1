"""Tables as people write them: read in every form they come in, refused in a sentence, harmless when they go out."""

import csv
import io

import pytest

from accounts.models import Workspace
from core.outputs.csv_cells import escape_formula
from generation.batches import drafts
from generation.batches.parsing import MAX_BYTES, ParsedRow, from_file, from_lines
from generation.batches.sizes import size_for
from generation.batches.validation import Checker
from generation.errors import BatchNotReady, InvalidOrder, InvalidRows
from generation.models import Batch, ImageModel, Reference
from generation.styles import authoring
from generation.styles.authoring import StyleContent


def test_a_prompt_a_line():
    assert from_lines("a bell\r\n\n  a fig \n") == [ParsedRow("a bell"), ParsedRow("a fig")]
    for text in ("", " \n \n", "a\n" * 1001):
        with pytest.raises(InvalidRows):
            from_lines(text)
    assert len(from_lines("a\n" * 1000)) == 1000


@pytest.mark.parametrize(
    "data",
    [
        b"Prompt,Shape,n\na bell,3:2,2\n",
        b"prompt;shape;count\r\na bell;3:2;2\r\n",
        b"prompt\taspect ratio\timages\na bell\t3:2\t2",
        '\ufeffprompt,size,n\n"a bell",3:2,2\n,,\n'.encode(),
        "prompt,size,n\na bell,3:2,2\n".encode("utf-16"),
    ],
)  # fmt: skip
def test_tables_are_read_as_they_come(data: bytes):
    assert from_file(data) == [ParsedRow("a bell", overrides={"size": "3:2", "n": "2"})]


def test_what_excel_writes_on_windows_keeps_its_letters():
    assert from_file("prompt,name\nein Käfer,Käfer\n".encode("cp1252")) == [ParsedRow("ein Käfer", "Käfer")]


def test_columns_that_are_no_setting_are_kept_apart():
    (row,) = from_file(b"prompt,surface,references\na bell,oak,rfe_1 rfe_2\n")
    assert row == ParsedRow(
        "a bell", overrides={"references": ["rfe_1", "rfe_2"]}, columns={"surface": "oak"}
    )
    assert row.kept() == {"references": ["rfe_1", "rfe_2"], "columns": {"surface": "oak"}}


@pytest.mark.parametrize(
    "data",
    [
        b"prompt\nA cat, sitting; on a mat\nA dog | a bone\n",
        b'Prompt\r\n"A cat, sitting; on a mat"\r\nA dog | a bone',
        b"A cat, sitting; on a mat\nA dog | a bone",
        b"\xef\xbb\xbftext\n\nA cat, sitting; on a mat\n  A dog | a bone\n",
    ],
)
def test_in_one_column_a_line_is_a_prompt(data: bytes):
    if data.startswith(b"A cat"):  # its first line looks like the heading of a table, and is none
        with pytest.raises(InvalidRows, match="just “prompt”"):
            from_file(data)
    else:
        assert from_file(data) == [ParsedRow("A cat, sitting; on a mat"), ParsedRow("A dog | a bone")]


def test_a_prompt_may_begin_with_a_quoted_word_and_have_lines():
    assert from_file(b'prompt\n"Hello", says the cat\na fig') == [
        ParsedRow('"Hello", says the cat'),
        ParsedRow("a fig"),
    ]
    assert from_file(b'prompt\n"a fig,\non a plate"\n') == [ParsedRow("a fig,\non a plate")]


def test_commas_that_nobody_quoted_are_shown_before_they_cost():
    rows = from_file(b"name,prompt,n\ncat,A cat, sitting, on a mat,2\nfig,a fig,1,,\n")
    assert rows[0] == ParsedRow("A cat, sitting, on a mat", "cat", {"n": "2", "surplus": "commas"})
    assert rows[1] == ParsedRow("a fig", "fig", {"n": "1"})


def test_a_row_with_too_many_cells_waits_for_a_person(funded: Workspace):
    batch = draft(funded, *from_file(b"prompt;n\nA cat; sitting;2\n"))
    row = batch.rows.get()
    assert (row.prompt, row.credits, row.param) == ("A cat; sitting", None, "prompt")
    assert "Quote the semicolons" in row.error
    drafts.update_settings(batch, common={"quality": "medium"})
    row.refresh_from_db()
    assert row.error
    drafts.correct_row(batch, row, {"prompt": "A cat; sitting"})
    assert (row.error, row.count, row.credits) == ("", 2, 2)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"prompt,\nA cat, on a mat\n", "Row 1 has text in a column without a name"),
        (b"prompt,n,n\na cat,1,2\n", "Two columns are called “n”"),
        (b'prompt,n\n"a cat,1\na dog,2\n', "This table can't be read"),
        (b'prompt,n\n"a" cat,1\n', "write each of its own twice"),
    ],
)
def test_no_cell_is_left_out_in_silence(data: bytes, words: str):
    with pytest.raises(InvalidRows, match=words):
        from_file(data)


def test_two_columns_that_would_say_the_same_are_both_kept():
    (row,) = from_file(b"description,prompt,title,name\nlong,a bell,Bell,bell.png\n")
    assert row == ParsedRow("a bell", "bell.png", columns={"description": "long", "title": "Bell"})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"prompt\n",
        b"a bell,3:2\na fig,1:1\n",
        b"x" * (MAX_BYTES + 1),
        b"prompt," + b",".join(b"c%d" % n for n in range(50)) + b"\na\n",
        b"prompt\n" + b"a\n" * 1001,
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(data: bytes):
    with pytest.raises(InvalidRows) as refused:
        from_file(data)
    assert refused.value.detail.endswith((".", "n"))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-5 degrees", "@SUM(A1)", "\t=1", "\r=1"])  # fmt: skip
def test_no_cell_is_a_formula_and_what_goes_out_comes_back(cell: str):
    assert escape_formula(cell) == f"'{cell}"
    made = io.StringIO()
    csv.writer(made).writerows([["prompt"], [escape_formula(cell)]])
    assert from_file(made.getvalue().encode())[0].prompt == cell.strip() or cell[0] in "\t\r"
    assert escape_formula("a = b") == "a = b"


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("", "auto"),
        ("AUTO", "auto"),
        ("1:1", "1024x1024"),
        ("3:2", "1536x1024"),
        ("6/4", "1536x1024"),
        ("1536 x 1024", "1536x1024"),
        ("1536\N{MULTIPLICATION SIGN}1024", "1536x1024"),
        ("4:5", "912x1152"),
        ("640x1280", "640x1280"),
    ],
)
def test_sizes_are_said_in_many_ways(catalog: None, said: str, size: str):
    assert size_for(said, ImageModel.objects.get(slug="gpt-image-2.5-flare")) == size


@pytest.mark.parametrize(
    ("said", "words", "nearest"),
    [
        ("5:1", "wider", "16:9"),
        ("1:5", "taller", "9:16"),
        ("wide", "not a size", "1:1"),
    ],
)
def test_a_size_that_can_t_be_drawn_comes_with_one_that_can(
    catalog: None, said: str, words: str, nearest: str
):
    with pytest.raises(InvalidOrder) as refused:
        size_for(said, ImageModel.objects.get(slug="gpt-image-2.5-flare"))
    assert words in refused.value.detail
    assert refused.value.extra["nearest"] == nearest


def draft(workspace: Workspace, *rows: ParsedRow, **common: object) -> Batch:
    return drafts.create(
        workspace, list(rows), common={"model": "gpt-image-2.5-flare", "quality": "low", **common}
    )


def test_each_row_is_checked_for_itself(funded: Workspace):
    rows = {
        "": "prompt",
        "size": "size",
        "quality": "quality",
        "model": "model",
        "style": "style",
        "n": "n",
        "background": "background",
        "output_format": "output_format",
        "references": "references",
    }
    made = [ParsedRow("a bell")] + [
        ParsedRow("a bell" if name else "", overrides={name: ["rfe_x"] if name == "references" else "no-such"} if name else {})
        for name in rows
    ]  # fmt: skip
    batch = draft(funded, *made)
    found = list(batch.rows.values_list("param", flat=True))
    assert found == ["", *rows.values()]
    assert batch.rows.get(position=1).credits == 1
    for row in batch.rows.exclude(error=""):
        assert row.error.endswith(".")
        assert "charged" not in row.error


def test_a_row_s_own_words_win_over_the_batch_s_and_those_over_the_style_s(
    funded: Workspace, django_assert_max_num_queries: object
):
    wording = StyleContent(
        "{prompt} on {surface}", slots={"surface": {"default": "sand"}}, quality="high", size="1536x1024"
    )
    style = authoring.save(funded, None, wording, name="Still life")
    checker = Checker(funded, {"model": "gpt-image-2.5-flare", "style": "still life"})
    order = checker.order("a bell", {"columns": {"surface": "oak", "sku": "1"}})
    assert (order.style, order.parameters.quality, order.parameters.size) == (style.pk, "high", "1536x1024")
    assert order.style_values == (("surface", "oak"),)
    assert checker.order("a bell", {"quality": "low", "style": "none"}).parameters.quality == "low"
    assert checker.order("a bell", {"style": "Fog"}).style != style.pk
    batch = draft(
        funded, ParsedRow("a bell", columns={"surface": "oak", "sku": "1"}), style="Still life", quality=""
    )
    assert batch.notes == ["sku"]
    assert batch.rows.get().quality == "high"


def test_a_thousand_rows_with_references_and_styles_cost_no_query_each(
    funded: Workspace, django_assert_max_num_queries
):
    pictures = [
        Reference.objects.create(
            workspace=funded, file=f"{n}.png", thumbnail="t", format="png", width=9, height=9, size=1, sha256=b""
        )
        for n in range(3)
    ]  # fmt: skip
    style = authoring.save(funded, None, StyleContent("{prompt}, x", references=[pictures[0].pk]), name="X")
    rows = [
        ParsedRow(
            f"bell {n}", overrides={"references": [pictures[n % 3].public_id], "style": style.public_id}
        )
        for n in range(1000)
    ]
    with django_assert_max_num_queries(25):
        batch = draft(funded, *rows)
    assert not batch.rows.exclude(error="").exists()


def test_corrections_are_checked_and_drafts_alone_take_them(funded: Workspace):
    batch = draft(funded, ParsedRow(""), ParsedRow("wheat", overrides={"size": "5:1"}))
    first, second = batch.rows.all()
    assert drafts.correct_row(batch, first, {"prompt": "a \0lamp"}).error == ""
    assert drafts.correct_row(batch, second, {"size": ""}).error == ""
    drafts.update_settings(batch, name="  Autumn \n catalog ", common={"quality": "max"})
    batch.refresh_from_db()
    assert batch.name == "Autumn catalog"
    assert list(batch.rows.values_list("credits", flat=True)) == [11, 11]
    drafts.replace(batch, [ParsedRow("a fig")])
    assert [row.prompt for row in batch.rows.all()] == ["a fig"]
    Batch.objects.filter(pk=batch.pk).update(status="running")
    row = batch.rows.get()
    for verb in (
        lambda: drafts.correct_row(batch, row, {"prompt": "x"}),
        lambda: drafts.leave_out(batch, row, out=True),
        lambda: drafts.update_settings(batch, name="x"),
        lambda: drafts.replace(batch, [ParsedRow("x")]),
        lambda: drafts.discard(batch),
    ):
        with pytest.raises(BatchNotReady):
            verb()
    assert batch.rows.get().prompt == "a fig"
