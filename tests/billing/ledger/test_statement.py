import csv
import datetime as dt
import io
import itertools
from decimal import Decimal

import pytest
from django.test import AsyncClient
from django.utils import timezone

from billing import ledger
from billing.ledger import statement
from billing.ledger.balance import Balance
from billing.models.ledger import Transfer
from core.outputs import csv_cells


def shown(workspace, **filters):
    return [(line.credits, line.balance, line.held) for line in statement.lines(workspace, **filters)]


def test_a_generation_is_one_line_from_what_it_holds_to_what_it_cost(workspace, fund, have):
    fund(workspace, 10)
    ledger.hold(workspace, 4, reference="generation:1")
    assert shown(workspace) == [(-4, 6, 4), (10, 10, 0)]
    for index in range(3):
        ledger.capture("generation:1", 1, key=f"c{index}", about=f"image:{index}")
    assert shown(workspace) == [(-4, 6, 1), (10, 10, 0)]
    ledger.release("generation:1", key="r")
    assert shown(workspace) == [(-3, 7, 0), (10, 10, 0)]


def test_a_generation_that_delivered_nothing_costs_nothing(workspace, fund):
    fund(workspace, 10)
    ledger.hold(workspace, 4, reference="generation:1")
    ledger.release("generation:1", key="r")
    assert shown(workspace) == [(0, 10, 0), (10, 10, 0)]


def test_debt_reads_as_less_than_nothing_and_is_paid(workspace, fund, have):
    fund(workspace, 10)
    ledger.reverse(workspace, 30, key="re_1", reference="purchase:1", reason="Refund")
    assert [line[:2] for line in shown(workspace)] == [(-20, -20), (-10, 0), (10, 10)]
    fund(workspace, 50)
    assert [line[:2] for line in shown(workspace)] == [(0, 30), (50, 30), (-20, -20), (-10, 0), (10, 10)]
    assert have() == Balance(available=30)


@pytest.fixture
def busy(workspace, fund):
    """Thirty lines."""
    fund(workspace, 100)
    for number in range(29):
        ledger.hold(workspace, 1 + number % 3, reference=f"generation:{number}")
        if number % 2:
            ledger.capture(f"generation:{number}", 1, key=f"c{number}", about=f"image:{number}")
            ledger.release(f"generation:{number}", key=f"r{number}")
    return workspace


def test_pages_join_without_gap_or_repetition(busy):
    whole = statement.lines(busy, limit=100)
    pages, after = [], None
    while page := statement.lines(busy, after, 7):
        pages += page
        after = page[-1].id
    assert pages == whole
    assert len(whole) == 30
    for upper, lower in itertools.pairwise(whole):
        assert upper.balance == lower.balance + upper.credits


def test_a_filtered_line_has_the_same_balance(busy):
    by_id = {line.id: line for line in statement.lines(busy, limit=100)}
    given = statement.lines(busy, group="given")
    assert [line.credits for line in given] == [100]
    assert all(by_id[line.id] == line for line in given)


def test_a_month_shows_its_own_lines(busy):
    month = timezone.now().date().replace(day=1)
    assert len(statement.lines(busy, month=month, limit=100)) == 30
    assert statement.lines(busy, month=statement.next_month(month)) == []
    assert statement.spent_since(busy, month) == 14


def test_a_page_costs_the_same_queries_however_long(busy, django_assert_num_queries):
    with django_assert_num_queries(3):
        statement.lines(busy, limit=5)
    with django_assert_num_queries(3):
        statement.lines(busy, limit=30)


def test_the_first_id_of_a_day_is_before_whatever_happened_in_it(busy):
    today = timezone.now().date()
    ids = Transfer.objects.filter(workspace=busy)
    assert ids.filter(id__gte=statement.first_id(today)).count() == ids.count()
    assert not ids.filter(id__gte=statement.first_id(today + dt.timedelta(days=1))).exists()


def test_other_peoples_lines_are_not_shown(busy, other_workspace):
    assert statement.lines(other_workspace) == []


def test_the_page_shows_lines_and_older_ones_on_demand(busy, alice, client_for, monkeypatch):
    monkeypatch.setattr("billing.views.overview.PAGE", 10)
    client = client_for(alice)
    page = client.get("/billing").content.decode()
    assert page.count('<td class="tight">') == 10
    older = page.partition('hx-get="')[2].partition('"')[0]
    more = client.get(f"/billing{older}", headers={"HX-Request": "true"}).content.decode()
    assert more.count('<td class="tight">') == 10
    assert "<html" not in more


@pytest.mark.parametrize(
    "nonsense", ["?after=x", "?month=2026-13", "?month=x", "?show=x", "?pack=x", "?after=trf_0"]
)
def test_nonsense_in_the_address_shows_the_whole(busy, alice, client_for, nonsense):
    assert client_for(alice).get(f"/billing{nonsense}").status_code == 200


def test_the_csv_has_every_movement_and_no_formula(busy, alice, client_for):
    ledger.adjust(busy, 1, key="a", reason="=cmd|' /C calc'!A0", actor=alice)
    answer = client_for(alice).get("/billing/statement.csv")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert len(rows) == Transfer.objects.filter(workspace=busy).count()
    assert rows[0]["reason"] == "'=cmd|' /C calc'!A0"
    assert rows[0]["who"] == "Alice"


def test_a_number_below_zero_is_a_number_and_words_like_it_are_none():
    assert csv_cells.line([-5, Decimal("-1.5"), 7, "-5 degrees", "a-b"]) == "-5,-1.5,7,'-5 degrees,a-b\r\n"


def test_the_csv_is_read_in_portions_and_holds_no_connection(busy, alice, client_for, monkeypatch):
    whole = client_for(alice).get("/billing/statement.csv").getvalue()
    monkeypatch.setattr(statement, "PORTION", 3)
    answer = client_for(alice).get("/billing/statement.csv")
    parts = list(answer.streaming_content)
    assert len(parts) > 2
    assert b"".join(parts) == whole


def test_the_csv_of_nothing_has_its_heading(workspace, alice, client_for):
    assert client_for(alice).get("/billing/statement.csv").getvalue().decode().count("\n") == 1


@pytest.mark.django_db(transaction=True)
async def test_the_csv_comes_in_portions_under_asgi_too(busy, alice, monkeypatch):
    monkeypatch.setattr(statement, "PORTION", 3)
    client = AsyncClient()
    await client.aforce_login(alice)
    answer = await client.get("/billing/statement.csv")
    assert answer.is_async
    parts = [part async for part in answer.streaming_content]
    assert len(parts) > 2
