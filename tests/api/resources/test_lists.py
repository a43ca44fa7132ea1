import pytest

from api.schema.document import CachedSchemaGenerator
from billing import ledger

pytestmark = pytest.mark.django_db
LISTS = sorted(
    address
    for address, operations in CachedSchemaGenerator().get_schema()["paths"].items()
    if any(one["name"] == "cursor" for one in operations.get("get", {}).get("parameters", ()))
    and "{" not in address
)


@pytest.fixture
def statement(workspace):
    for number in range(7):
        ledger.grant(workspace, 1, key=f"test:{number}", reference="test", reason=str(number))


def test_pages_follow_each_other_by_key(api, statement):
    seen, cursor = [], None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        body = api.get("/api/v1/transfers", query).json()
        assert body.keys() == {"data", "next_cursor", "has_more"}
        seen += [row["reason"] for row in body["data"]]
        cursor = body["next_cursor"]
        assert body["has_more"] == (cursor is not None)
        if not cursor:
            break
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


def test_a_row_that_comes_in_between_moves_no_page(api, statement, workspace):
    first = api.get("/api/v1/transfers", {"limit": 3}).json()
    ledger.grant(workspace, 1, key="test:late", reference="test", reason="late")
    second = api.get("/api/v1/transfers", {"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [row["reason"] for row in second["data"]] == ["3", "2", "1"]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many", "1.5", "", "٣", "9" * 400])
def test_a_limit_that_is_none_is_refused(api, problem, limit):
    answer = api.get("/api/v1/transfers", {"limit": limit})
    assert answer.status_code == 400
    assert problem(answer)["code"] == "invalid_limit"


@pytest.mark.parametrize(
    "cursor", ["x", "cur_", "cur_" + "z" * 26, "gen_" + "0" * 26, "\x00", "cur_" + "0" * 26]
)
def test_a_cursor_that_is_none_is_refused(api, problem, cursor):
    answer = api.get("/api/v1/transfers", {"cursor": cursor})
    assert answer.status_code == 400
    assert problem(answer)["code"] == "invalid_cursor"


def test_a_cursor_tells_a_place_of_its_own_list_alone(api, foreign_api, statement, problem):
    cursor = api.get("/api/v1/transfers", {"limit": 3}).json()["next_cursor"]
    assert api.get("/api/v1/transfers", {"cursor": cursor, "limit": 1}).json()["data"]
    for client, address in [
        (foreign_api, "/api/v1/transfers"),
        *((api, one) for one in LISTS if one != "/api/v1/transfers"),
    ]:
        answer = client.get(address, {"cursor": cursor})
        assert (answer.status_code, problem(answer)["code"]) == (400, "invalid_cursor"), address
    for changed in (cursor[:-1], cursor + "A", cursor.swapcase(), cursor.partition(".")[0]):
        assert api.get("/api/v1/transfers", {"cursor": changed}).status_code == 400


@pytest.mark.usefixtures("catalog")
@pytest.mark.parametrize("address", LISTS)
def test_what_a_list_would_ignore_is_refused(api, problem, address):
    wrong = [
        ("shade=dark", "shade"),
        ("Limit=3", "Limit"),
        ("%00=1", r"\x00"),
        ("limit=1&limit=2", "limit"),
    ]
    wrong += [("limit=", "limit"), ("limit=1.0", "limit"), ("cursor=", "cursor"), ("cursor=1", "cursor")]
    for query, param in wrong:
        answer = api.get(f"{address}?{query}")
        assert (answer.status_code, problem(answer)["param"]) == (400, param), query


@pytest.mark.usefixtures("catalog")
@pytest.mark.parametrize("address", ["/api/v1/models", "/api/v1/packs"])
def test_a_short_list_has_pages_too(api, address):
    whole, seen, cursor = api.get(address).json()["data"], [], None
    while cursor or not seen:
        body = api.get(address, {"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        seen, cursor = seen + body["data"], body["next_cursor"]
    assert seen == whole
    assert len(whole) > 3


def test_the_rows_of_a_batch_have_pages_by_cursor_and_by_number(api, workspace, fund, catalog, problem):
    fund(workspace, 50)
    batches = [
        api.post("/api/v1/batches", {"rows": [{"prompt": str(number)} for number in range(5)]}).json()["id"]
        for _ in range(2)
    ]
    address, other = (f"/api/v1/batches/{one}/rows" for one in batches)
    first = api.get(address, {"limit": 2}).json()
    cursor = first["next_cursor"]
    pages = [
        api.get(address, {"limit": 2, name: said}).json()
        for name, said in [("cursor", cursor), ("after", "2"), ("after", cursor)]
    ]
    assert [[row["row"] for row in page["data"]] for page in (first, *pages)] == [
        [1, 2],
        [3, 4],
        [3, 4],
        [3, 4],
    ]
    for at, query in ((other, {"cursor": cursor}), (address, {"after": "two"}), (address, {"after": "-1"}), (address, {"after": ""}), (address, {"after": "2", "cursor": cursor}), (address, {"state": "done"})):  # fmt: skip
        assert api.get(at, query).status_code == 400, query


@pytest.mark.parametrize(
    "query",
    [
        "shape=round",
        "favorite=perhaps",
        "favorite=",
        "model=",
        "since=yesterday",
        "since=",
        "since=2026-01-01&since=2026-01-02",
        "shape=",
    ],
)
def test_a_filter_of_images_that_is_none_is_refused(api, problem, query):
    answer = api.get(f"/api/v1/images?{query}")
    assert (answer.status_code, problem(answer)["param"]) == (400, query.partition("=")[0])


@pytest.mark.parametrize("query", ["by=hour", "by=", "until=", "by=day&by=model", "group=day"])
def test_a_question_about_usage_that_is_none_is_refused(api, problem, query):
    answer = api.get(f"/api/v1/usage?{query}")
    assert (answer.status_code, problem(answer)["param"]) == (400, query.partition("=")[0])


def test_a_transfer_says_what_moved(api, workspace, statement):
    row = api.get("/api/v1/transfers", {"limit": 1}).json()["data"][0]
    assert row.keys() == {
        "id",
        "kind",
        "from_account",
        "to_account",
        "amount",
        "about",
        "reason",
        "created_at",
    }
    assert (row["kind"], row["from_account"], row["to_account"], row["amount"]) == (
        "grant",
        "granted",
        "available",
        1,
    )
    assert row["created_at"].endswith("Z")


@pytest.mark.usefixtures("catalog")
def test_packs_and_models_are_lists_too(api):
    packs = api.get("/api/v1/packs").json()
    assert [(pack["id"], pack["credits"], pack["amount"], pack["currency"]) for pack in packs["data"]] == [
        ("starter", 400, 1000, "usd"),
        ("growth", 1200, 3000, "usd"),
        ("professional", 4000, 10000, "usd"),
        ("enterprise", 20000, 50000, "usd"),
    ]
    models = {model["id"]: model for model in api.get("/api/v1/models").json()["data"]}
    assert models["gpt-image-2.5-flare"]["is_default"]
    prices = {price["quality"]: price for price in models["gpt-image-2.5-flare"]["prices"]}
    assert prices["medium"] == {
        "quality": "medium",
        "credits": 1,
        "per_megapixel": False,
        "by_size": [
            {"up_to_pixels": pixels, "credits": credits}
            for pixels, credits in [
                (1_200_000, 1),
                (1_600_000, 1),
                (2_400_000, 2),
                (4_200_000, 2),
                (8_300_000, 3),
            ]
        ],
        "edit_surcharge": 1,
        "free_references": 1,
        "references_per_credit": 2,
        "reference_credits": 1,
    }
    (flex,) = models["flux-2-flex"]["prices"]
    assert (flex["per_megapixel"], flex["by_size"], flex["reference_credits"]) == (True, [], 3)
    assert models["gpt-image-1"]["stage"] == "retired"
    assert models["gpt-image-1"]["replacement"] == "gpt-image-2.5-flare"
    assert api.get("/api/v1/models/gpt-image-2").json() == models["gpt-image-2"]


def test_the_balance_before_any_credit_is_nothing(api):
    assert api.get("/api/v1/balance").json() == {
        "available": 0,
        "held": 0,
        "debt": 0,
        "granted": 0,
        "bought": 0,
    }
