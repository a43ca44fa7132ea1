"""What REST's answers about a generation say it has cost, and how little that takes."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.costs import headers
from api.costs.headers import Cost, Figures
from billing.models import CreditPack, PackOffer, PricingTier, TierAssignment
from generation.models import Generation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalog")]
URL = "/api/v1/generations"
NAMES = (
    "CreateIO-Generation",
    "CreateIO-Credits-Charged",
    "CreateIO-Credits-Available",
    "x-litellm-response-cost",
)


@pytest.fixture
def funded(workspace, fund):
    fund(workspace, 10)


@pytest.fixture
def finished(api, funded):
    """An order of two images that was charged 2 credits; its address."""
    made = api.post(URL, {"prompt": "a fox", "n": 2}).json()
    Generation.objects.update(charged=2, status="succeeded", finished_at=timezone.now())
    return f"{URL}/{made['id']}"


def told(answer):
    return tuple(answer.headers.get(name) for name in NAMES)


def cheapest():
    return min(Decimal(pack.amount) / pack.credits for pack in CreditPack.objects.filter(is_active=True))


def test_an_order_is_told_what_it_has_left(api, funded):
    answer = api.post(URL, {"prompt": "a fox", "n": 2})
    assert told(answer) == (answer.json()["id"], "0", "8", "0")


def test_a_status_tells_what_it_came_to(api, finished):
    dollars = (2 * cheapest() / 100).quantize(Decimal("0.000001")).normalize()
    answer = api.get(finished)
    assert told(answer) == (answer.json()["id"], "2", "8", f"{dollars:f}")
    assert dollars > 0


def test_a_tier_s_own_price_counts(api, finished, workspace, alice):
    tier = PricingTier.objects.create(slug="own", name="Own")
    pack = CreditPack.objects.filter(is_active=True).first()
    PackOffer.objects.create(tier=tier, pack=pack, amount=pack.credits * 3)
    TierAssignment.objects.create(workspace=workspace, tier=tier, assigned_by=alice)
    assert told(api.get(finished))[-1] == "0.06"


def test_what_is_unfinished_costs_nothing_yet(api, finished):
    Generation.objects.update(status="running", finished_at=None)
    assert told(api.get(finished))[1:] == ("2", "8", "0")


def test_test_images_cost_nothing(api, finished):
    Generation.objects.update(is_test=True)
    assert told(api.get(finished))[-1] == "0"


def test_in_a_test_world_nothing_costs_money(program, workspace, alice):
    trying = program(workspace, alice, is_test=True)
    made = trying.post(URL, {"prompt": "a fox"}).json()
    Generation.objects.filter(workspace=trying.token.workspace).update(status="succeeded", charged=1)
    assert told(trying.get(f"{URL}/{made['id']}"))[-1] == "0"


def test_a_cancellation_tells_what_came_back(api, funded):
    made = api.post(URL, {"prompt": "a fox", "n": 2}).json()
    assert told(api.post(f"{URL}/{made['id']}/cancel")) == (made["id"], "0", "10", "0")


def test_a_replayed_answer_tells_how_it_stands_now(api, funded):
    def ask():
        return api.post(URL, {"prompt": "a fox", "n": 2}, headers={"Idempotency-Key": "one"})

    first = ask()
    api.post(f"{URL}/{first.json()['id']}/cancel")
    again = ask()
    assert again["Idempotent-Replayed"] == "true"
    assert told(again) == (first.json()["id"], "0", "10", "0")


def test_an_answer_about_no_generation_has_none_of_it(api, funded):
    for answer in (api.get(URL), api.get("/api/v1/balance"), api.post(URL, {}), api.get(f"{URL}/gen_x")):
        assert told(answer) == (None,) * 4


@pytest.mark.parametrize(
    ("charged", "price", "text"),
    [(3, "2.5", "0.075"), (1, "1.23456789", "0.012346"), (400, "2.5", "10"), (0, "2.5", "0")],
)
def test_dollars_are_a_plain_decimal_number(charged, price, text):
    generation = Generation(status="succeeded", charged=charged)
    assert Cost.of(generation, Figures(1, Decimal(price))).response_cost == text


def test_telling_it_takes_no_query_more(api, funded, finished, monkeypatch):
    """Without the figures, as many queries are made: they ride on what is read anyway."""

    def counted():
        asked = {}
        for name, ask in {
            "order": lambda: api.post(URL, {"prompt": "a fox"}),
            "status": lambda: api.get(finished),
        }.items():
            ask()
            with CaptureQueriesContext(connection) as queries:
                assert ask().status_code < 300
            asked[name] = len(queries)
        return asked

    telling = counted()
    monkeypatch.setattr(headers, "with_figures", lambda rows: rows)
    monkeypatch.setattr(headers, "figures", lambda row: Figures(0, Decimal(0)))
    assert telling == counted()
