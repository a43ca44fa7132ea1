import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Scope
from billing import ledger
from billing.models.ledger import Transfer

pytestmark = pytest.mark.django_db
URL = "/api/v1/usage"


@pytest.fixture
def spent(workspace, alice, api, fund):
    """Seven credits by Alice and five by her program."""
    fund(workspace, 100)
    for number, (credits, who) in enumerate([(7, {"actor": alice}), (5, {"token": api.token})]):
        ledger.hold(workspace, credits, reference=f"generation:{number}", **who)
        ledger.capture(f"generation:{number}", credits, key=f"c{number}", about=f"image:{number}")


def test_by_day_says_each_day_of_this_month_and_adds_up(spent, api, workspace):
    body = api.get(URL).json()
    today = timezone.now().date()
    assert (body["by"], body["since"], body["until"]) == (
        "day",
        today.replace(day=1).isoformat(),
        today.isoformat(),
    )
    assert [row["key"] for row in body["data"]][-1] == today.isoformat()
    assert len(body["data"]) == today.day
    captures = Transfer.objects.filter(workspace=workspace, kind="capture")
    assert body["credits"] == sum(row["credits"] for row in body["data"]) == 12
    assert body["credits"] == sum(captures.values_list("amount", flat=True))


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("member", [("Alice", 7), ("By token", 5)]),
        ("token", [("In the browser", 7), ("A program", 5)]),
        ("model", [("Not known", 12)]),
        ("source", [("Elsewhere", 12)]),
    ],
)
def test_each_split_adds_up(spent, api, by, rows):
    body = api.get(URL, {"by": by}).json()
    assert [(row["name"], row["credits"]) for row in body["data"]] == rows
    assert body["credits"] == 12


def test_a_member_s_and_a_token_s_key_is_their_id(spent, api, alice):
    keys = {
        row["name"]: row["key"]
        for by in ("member", "token")
        for row in api.get(URL, {"by": by}).json()["data"]
    }
    assert keys["Alice"] == alice.public_id
    assert keys["A program"] == api.token.public_id
    assert keys["By token"] == keys["In the browser"] == ""


def test_other_days_are_other_days(spent, api):
    before = (timezone.now() - dt.timedelta(days=40)).date().isoformat()
    body = api.get(URL, {"since": before, "until": before}).json()
    assert (body["credits"], len(body["data"])) == (0, 1)


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"by": "color"}, "by"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-02-02", "until": "2026-02-01"}, "since"),
        ({"since": "2024-01-01", "until": "2026-01-01"}, "since"),
        ({"since": "0001-01-01", "until": "0001-01-02"}, "since"),
        ({"since": "9999-12-31", "until": "9999-12-31"}, "since"),
        ({"cursor": "cur_1"}, "cursor"),
    ],
)
def test_nonsense_is_refused(api, problem, asked, param):
    answer = api.get(URL, asked)
    assert answer.status_code == 400
    assert problem(answer)["param"] == param


def test_it_needs_its_scope_and_is_one_s_own(spent, program, workspace, alice, foreign_api):
    assert program(workspace, alice, [Scope.IMAGES_READ]).get(URL).status_code == 403
    assert foreign_api.get(URL).json()["credits"] == 0


def test_a_page_costs_the_token_the_count_and_one_query(spent, api, django_assert_num_queries):
    """Beside which day was closed last, before and after it."""
    api.get("/api/v1/balance")  # notes that the token was used
    with django_assert_num_queries(5):
        api.get(URL, {"by": "model"})


def test_a_period_has_a_name(spent, api):
    today = timezone.now().date()
    month = api.get(URL, {"period": f"{today:%Y-%m}"}).json()
    assert month["since"] == today.replace(day=1).isoformat()
    assert (month["until"][:7], month["credits"]) == (f"{today:%Y-%m}", 12)
    assert api.get(URL, {"period": "this_month"}).json()["credits"] == 12
    assert api.get(URL, {"period": "last_month", "by": "token"}).json()["credits"] == 0
    assert len(api.get(URL, {"period": "30_days"}).json()["data"]) == 30


@pytest.mark.parametrize(
    "said",
    [
        {"period": "2026"},
        {"period": "week"},
        {"period": "1999-12"},
        {"period": "this_month", "since": "2026-12-01"},
    ],
)
def test_a_period_that_is_none_is_refused(api, problem, said):
    for address in (URL, f"{URL}.csv"):
        answer = api.get(address, said)
        assert (answer.status_code, problem(answer)["param"]) == (400, "period"), address


def test_the_table_has_everything_by_itself(spent, api, alice):
    answer = api.get(f"{URL}.csv", {"period": "this_month"}, HTTP_ACCEPT="text/csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert sorted((row["member"], row["token"], row["credits"]) for row in rows) == [
        ("", "A program", "5"),
        ("Alice", "", "7"),
    ]
    assert {row["member_id"] for row in rows} == {"", alice.public_id}


def test_the_table_needs_the_scope_of_billing(program, workspace, alice):
    answer = program(workspace, alice, [Scope.IMAGES_READ]).get(f"{URL}.csv")
    assert answer.status_code == 403


def test_names_take_no_query_each(spent, api, workspace, alice, program):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            api.get(URL, {"by": "token"})
        return len(queries)

    asked()
    before = asked()
    for number in range(5):
        token = program(workspace, alice).token
        ledger.hold(workspace, 1, reference=f"generation:more{number}", token=token)
        ledger.capture(f"generation:more{number}", 1, key=f"more{number}", about=f"image:more{number}")
    assert asked() == before
