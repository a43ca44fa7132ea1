import pytest

from billing import ledger
from core import ids

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize("cursor", ["x", "cur_", "cur_" + "z" * 26, "gen_" + "0" * 26, "\x00"])
def test_a_cursor_that_is_none_is_refused(api, problem, cursor):
    answer = api.get("/api/v1/transfers", {"cursor": cursor})
    assert answer.status_code == 400
    assert problem(answer)["code"] == "invalid_cursor"


def test_a_cursor_tells_a_place_and_nothing_of_others(api, foreign_api, statement):
    cursor = api.get("/api/v1/transfers", {"limit": 3}).json()["next_cursor"]
    assert foreign_api.get("/api/v1/transfers", {"cursor": cursor}).json()["data"] == []
    assert api.get("/api/v1/transfers", {"cursor": ids.public("cur", ids.new())}).json()["data"]


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
    assert api.get("/api/v1/balance").json() == {"available": 0, "held": 0, "debt": 0}
