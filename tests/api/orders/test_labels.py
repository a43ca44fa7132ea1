"""What a partner attaches to orders and batches: kept, shown everywhere, compared for a key, and found again."""

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.utils import timezone

from api.webhooks import payloads
from core import ids
from generation.models import Batch, Generation, Image
from generation.orders import labeled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalog", "funded")]
GENERATIONS, BATCHES, IMAGES = "/api/v1/generations", "/api/v1/batches", "/api/v1/images"
LABELS = {"external_id": "order-17", "metadata": {"customer": "17", "shelf": "Zürich ☕", "empty": ""}}


@pytest.fixture
def funded(workspace, fund):
    fund(workspace, 100)


@pytest.fixture
def order(api):
    """Order something, with what is said beside the prompt; the answer's body."""

    def go(prompt="a fox", **said):
        answer = api.post(GENERATIONS, {"prompt": prompt, **said})
        assert answer.status_code == 202, answer.json()
        return answer.json()

    return go


@pytest.fixture
def found(api):
    """The prompts that a list finds, newest first."""

    def go(query, address=GENERATIONS):
        answer = api.get(address, query)
        assert answer.status_code == 200, answer.json()
        return [one["prompt"] for one in answer.json()["data"]]

    return go


@pytest.fixture
def stored():
    """Let every image of a generation be stored, as far as lists go."""

    def go(public_id):
        made = Generation.objects.get(pk=ids.parse("gen", public_id))
        made.images.update(status="stored", file="x.png", finished_at=timezone.now(), width=8, height=8)

    return go


def test_a_generation_keeps_and_shows_its_labels(order, api):
    made = order(**LABELS)
    shown = api.get(f"{GENERATIONS}/{made['id']}").json()
    for body in (made, shown):
        assert {name: body[name] for name in LABELS} == LABELS
    generation = Generation.objects.get()
    assert (generation.external_id, generation.metadata) == (LABELS["external_id"], LABELS["metadata"])


def test_without_labels_there_are_none(order):
    assert {name: order()[name] for name in LABELS} == {"external_id": "", "metadata": {}}


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"external_id": "x" * 121}, "external_id"),
        ({"external_id": 17}, "external_id"),
        ({"external_id": ""}, "external_id"),
        ({"metadata": []}, "metadata"),
        ({"metadata": {"n": 1}}, "metadata.n"),
        ({"metadata": {"": "nameless"}}, "metadata"),
        ({"metadata": {"k" * 41: "v"}}, "metadata"),
        ({"metadata": {"k": "v" * 501}}, "metadata.k"),
        ({"metadata": {str(n): "" for n in range(17)}}, "metadata"),
    ],
)
def test_labels_that_can_t_be_kept_are_refused(api, problem, said, param):
    for address, body in [(GENERATIONS, {"prompt": "a fox"}), (BATCHES, {"rows": [{"prompt": "a fox"}]})]:
        answer = api.post(address, {**body, **said})
        assert (answer.status_code, problem(answer)["param"]) == (400, param), address
    assert not Generation.objects.exists()
    assert not Batch.objects.exists()


def test_labels_may_be_as_long_as_promised(order):
    metadata = {f"{n:02}" * 20: "ü" * 500 for n in range(16)}
    made = order(external_id="é" * 120, metadata=metadata)
    assert (made["external_id"], made["metadata"]) == ("é" * 120, metadata)


def test_labels_belong_to_what_a_key_stands_for(api, problem):
    def ask(**said):
        return api.post(GENERATIONS, {"prompt": "a fox", **said}, headers={"Idempotency-Key": "one"})

    first = ask(metadata={"a": "1", "b": "2"}, external_id="x")
    again = ask(metadata={"b": "2", "a": "1"}, external_id="x")
    assert (again.status_code, again["Idempotent-Replayed"]) == (202, "true")
    assert again.json() == first.json()
    for said in ({"metadata": {"a": "1"}, "external_id": "x"}, {"metadata": {"a": "1", "b": "2"}}, {}):
        other = ask(**said)
        assert (other.status_code, problem(other)["code"]) == (422, "idempotency_key_reused"), said
    assert Generation.objects.count() == 1


def test_webhooks_tell_the_labels(order):
    order(**LABELS)
    batch = Batch.objects.create(workspace=Generation.objects.get().workspace, name="b", **LABELS)
    for read, key in [
        (payloads._generations, Generation.objects.get().pk),
        (payloads._batches, batch.pk),
    ]:
        told = read([key])[key]
        assert {name: told[name] for name in LABELS} == LABELS


def test_a_batch_gives_its_generations_its_metadata_and_each_row_its_own_id(api, client_for, alice):
    rows = [{"prompt": "a fox", "external_id": "row-1"}, {"prompt": "a bell"}]
    made = api.post(BATCHES, {"rows": rows, **LABELS}).json()
    assert {name: made[name] for name in LABELS} == LABELS
    generations = {one.prompt: one for one in Generation.objects.all()}
    assert {prompt: one.external_id for prompt, one in generations.items()} == {
        "a fox": "row-1",
        "a bell": "",
    }
    assert all(one.metadata == LABELS["metadata"] for one in generations.values())
    listed = api.get(f"{BATCHES}/{made['id']}/rows").json()["data"]
    assert [row["external_id"] for row in listed] == ["row-1", ""]
    page = client_for(alice).get(f"/batches/{made['id']}/rows.csv")
    table = list(csv.DictReader(io.StringIO(b"".join(page).decode("utf-8-sig"))))
    assert [row["external_id"] for row in table] == ["row-1", ""]
    assert table[0]["metadata"] == '{"empty": "", "shelf": "Z\\u00fcrich \\u2615", "customer": "17"}'


def test_a_row_s_id_that_can_t_be_kept_is_a_fault_of_the_row(api, problem):
    rows = [{"prompt": "a fox"}, {"prompt": "a bell", "external_id": "x" * 121}]
    assert problem(api.post(BATCHES, {"rows": rows}))["param"] == "rows.1.external_id"


def test_filters_find_what_was_ordered_with_them(order, found):
    order("one", external_id="a", metadata={"who": "17", "env": "prod"})
    order("two", external_id="b", metadata={"who": "18", "env": "prod"})
    order("three")
    assert found({"external_id": "a"}) == ["one"]
    assert found({"metadata[env]": "prod"}) == ["two", "one"]
    assert found({"metadata[env]": "prod", "metadata[who]": "17"}) == ["one"]
    assert found({"metadata[env]": "pro"}) == found({"metadata[where]": "prod"}) == []
    assert found({"external_id": "b", "metadata[who]": "17"}) == []
    assert found({"model": "gpt-image-2.5-flare", "status": "queued"}) == ["three", "two", "one"]
    assert found({"status": "failed"}) == found({"model": "flux-dev"}) == []


def test_a_key_may_look_like_a_number_or_like_anything(order, found):
    strange = {"0": "zero", "a]b[c": "brackets", "it's": 'quoted "so"', "%": "\\"}
    order("one", metadata=strange)
    for name, value in strange.items():
        assert found({f"metadata[{name}]": value}) == ["one"], name


def test_many_matches_are_walked_to_the_same_end(order, found, monkeypatch):
    monkeypatch.setattr(labeled, "FEW", 1)
    for prompt, who in [("one", "17"), ("two", "18"), ("three", "17")]:
        order(prompt, metadata={"0": "all", "who": who})
    assert found({"metadata[0]": "all"}) == ["three", "two", "one"]
    assert found({"metadata[0]": "all", "metadata[who]": "17"}) == ["three", "one"]


def test_moments_bound_what_is_found(order, found):
    for prompt in ("one", "two", "three"):
        order(prompt)
    second = Generation.objects.get(prompt="two").created_at
    assert found({"created_after": second.isoformat()}) == ["three"]
    assert found({"created_before": second.isoformat()}) == ["one"]
    assert found({"created_after": second.astimezone(dt.timezone(dt.timedelta(hours=2))).isoformat()}) == [
        "three"
    ]
    today = timezone.now().date()
    assert found({"created_after": today.isoformat()}) == ["three", "two", "one"]
    assert found({"created_before": today.isoformat()}) == []


def test_a_plus_that_came_as_it_is_is_an_offset(api, order):
    order()
    assert api.get(f"{GENERATIONS}?created_after=2026-01-01T00:00:00+00:00").json()["data"]


@pytest.mark.parametrize("address", [GENERATIONS, IMAGES])
@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"status": "done"}, "status"),
        ({"created_after": "yesterday"}, "created_after"),
        ({"created_after": "2026-12-01T10:00:00"}, "created_after"),
        ({"created_before": "1999-12-31"}, "created_before"),
        ({"external_id": "x" * 121}, "external_id"),
        ({"external_id": "\0"}, "external_id"),
        ({"metadata[k]": "\0"}, "metadata"),
        ({"metadata[" + "k" * 41 + "]": "v"}, "metadata"),
        ({"metadata": "k"}, "metadata"),
        ({"metadata[]": "k"}, "metadata[]"),
        ({"metadata[k]": ["a", "b"]}, "metadata[k]"),
    ],
)
def test_a_filter_that_is_none_is_refused(api, problem, address, query, param):
    answer = api.get(address, query)
    assert (answer.status_code, problem(answer)["param"]) == (400, param)


@pytest.mark.parametrize("address", [GENERATIONS, IMAGES])
def test_an_unknown_filter_is_told_those_that_there_are(api, problem, address):
    detail = problem(api.get(address, {"customer": "17"}))["detail"]
    for known in ("created_after", "created_before", "external_id", "metadata[key]", "model", "status"):
        assert known in detail


def test_filtered_pages_follow_each_other(order, api):
    for number in range(5):
        order(str(number), metadata={"page": "yes"} if number != 2 else {})
    seen, cursor = [], None
    while cursor or not seen:
        query = {"limit": 2, "metadata[page]": "yes", **({"cursor": cursor} if cursor else {})}
        body = api.get(GENERATIONS, query).json()
        seen, cursor = seen + [one["prompt"] for one in body["data"]], body["next_cursor"]
    assert seen == ["4", "3", "1", "0"]


def test_images_are_found_by_the_labels_of_their_order(order, found, stored):
    for prompt, labels in [("one", {"external_id": "a", "metadata": {"who": "17"}}), ("two", {})]:
        stored(order(prompt, **labels)["id"])
    assert found({}, IMAGES) == ["two", "one"]
    assert found({"external_id": "a"}, IMAGES) == found({"metadata[who]": "17"}, IMAGES) == ["one"]
    first = Image.objects.get(generation__prompt="one").created_at
    assert found({"created_after": first.isoformat()}, IMAGES) == ["two"]


def test_images_show_the_labels_of_their_order(order, stored, api):
    stored(order(**LABELS)["id"])
    (image,) = api.get(IMAGES).json()["data"]
    assert {name: image[name] for name in LABELS} == LABELS


def test_images_that_are_not_stored_are_found_by_their_status(order, found, api, problem):
    order("one", external_id="a")
    order("two")
    Image.objects.filter(generation__prompt="two").update(status="failed", reason="timeout")
    assert found({}, IMAGES) == []
    assert found({"status": "failed"}, IMAGES) == ["two"]
    assert found({"status": "waiting", "external_id": "a", "model": "gpt-image-2.5-flare"}, IMAGES) == ["one"]
    assert found({"status": "waiting", "model": "flux-dev"}, IMAGES) == []
    assert problem(api.get(IMAGES, {"status": "failed", "q": "fox"}))["param"] == "q"


def test_nobody_finds_another_workspace_s_orders(order, foreign_api):
    order(**LABELS)
    for query in ({"external_id": "order-17"}, {"metadata[customer]": "17"}, {"status": "queued"}):
        assert foreign_api.get(GENERATIONS, query).json()["data"] == []
        assert (
            foreign_api.get(IMAGES, query | {"status": "waiting"} if "status" in query else query).json()[
                "data"
            ]
            == []
        )


INDEXES = {
    "generation_of_external_id": {"external_id": "a"},
    "generation_of_model": {"model_id": "flux-dev"},
    "generation_of_rare_status": {"status": "failed"},
}


@pytest.mark.parametrize("index", INDEXES)
def test_each_filter_has_its_index(workspace, index):
    listed = workspace.generations.filter(**INDEXES[index]).order_by("-pk")[:21]
    assert index in explained(listed)


def test_metadata_has_an_index_that_knows_its_workspace(workspace):
    wanted = {"": str(workspace.pk), "who": "17"}
    having = (
        Generation.objects.alias(scoped=labeled.SCOPED_METADATA)
        .exclude(metadata={})
        .filter(scoped__contains=wanted)
        .order_by()
    )
    assert "generation_of_metadata" in explained(having)


def explained(rows):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    return rows.explain()
