"""The balance: what can be spent, and which of what is left was given and which bought."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import ledger

pytestmark = pytest.mark.django_db
URL = "/api/v1/balance"


@pytest.fixture
def move(workspace, fund):
    """Give, sell, hold and use up credits."""

    class Moves:
        def give(self, credits):
            fund(workspace, credits)

        def sell(self, credits, name):
            ledger.sell(workspace, credits, key=f"sell:{name}", reference=f"purchase:{name}")

        def hold(self, credits, name):
            ledger.hold(workspace, credits, reference=f"generation:{name}")

        def use(self, credits, name):
            self.hold(credits, name)
            ledger.capture(f"generation:{name}", credits, key=f"use:{name}", about=f"image:{name}")

    return Moves()


def test_nothing_is_left_of_nothing(api):
    assert api.get(URL).json() == {"available": 0, "held": 0, "debt": 0, "granted": 0, "bought": 0}


def test_given_and_bought_credits_are_told_apart_and_add_up(api, move):
    move.give(10)
    move.sell(100, "one")
    move.use(4, "a")
    move.hold(3, "b")
    assert api.get(URL).json() == {"available": 103, "held": 3, "debt": 0, "granted": 6, "bought": 100}
    move.use(13, "c")
    assert api.get(URL).json() == {"available": 90, "held": 3, "debt": 0, "granted": 0, "bought": 93}
    move.give(5)
    assert api.get(URL).json()["granted"] == 5


def test_what_was_taken_back_is_not_left(api, move, workspace):
    move.sell(100, "one")
    ledger.reverse(workspace, 40, key="back", reference="purchase:one", reason="Refund")
    assert api.get(URL).json() == {"available": 60, "held": 0, "debt": 0, "granted": 0, "bought": 60}


def test_it_takes_as_many_queries_however_much_was_used(api, move):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            api.get(URL)
        return len(queries)

    move.give(100)
    asked()
    before = asked()
    for number in range(9):
        move.use(1, str(number))
        move.sell(1, str(number))
    assert asked() == before


def test_the_page_tells_them_apart(client_for, alice, move):
    move.give(10)
    page = client_for(alice).get("/billing").content.decode()
    assert "<dt>Given, not bought</dt><dd>10</dd>" in page
    move.sell(1_000, "one")
    page = client_for(alice).get("/billing").content.decode()
    assert "<dt>Of what is left, bought</dt><dd>1,000</dd>" in page
    assert "<dt>Of what is left, given</dt><dd>10</dd>" in page
