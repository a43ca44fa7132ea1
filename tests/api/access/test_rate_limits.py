from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Scope
from api.models import Rate
from billing.models import PricingTier, TierAssignment

READ = "/api/v1/workspace"
ORDER = ("/api/v1/generations", {"prompt": "a lighthouse"})
QUOTE = ("/api/v1/quotes", {"prompt": "a lighthouse"})


@pytest.fixture
def tier(workspace):
    """Alice's: a token may read 6 times a minute and write 3 times, the workspace twice as often."""
    tier = PricingTier.objects.create(
        slug="slow",
        name="Slow",
        reads_per_minute=6,
        writes_per_minute=3,
        workspace_reads_per_minute=12,
        workspace_writes_per_minute=6,
    )
    TierAssignment.objects.create(
        workspace=workspace, tier=tier, effective_at=timezone.now() - timedelta(days=1)
    )
    return tier


@pytest.fixture
def programs(program, workspace, alice):
    """Four more programs of Alice's."""
    return [program(workspace, alice) for _ in range(4)]


def statuses(texts, ask, times):
    """Ask that often at once with each of these tokens in turn; return the statuses."""

    def one(number):
        try:
            return ask(APIClient(HTTP_AUTHORIZATION=f"Bearer {texts[number % len(texts)]}")).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        return list(pool.map(one, range(times)))


@pytest.mark.django_db(transaction=True)
class TestAtAnyConcurrency:
    def test_a_tokens_limit_is_exact(self, api, tier):
        answers = statuses([api.text], lambda client: client.get(READ), 30)
        assert (answers.count(200), answers.count(429)) == (6, 24)

    def test_a_workspaces_limit_is_exact_over_its_tokens(self, programs, tier):
        answers = statuses([one.text for one in programs], lambda client: client.get(READ), 40)
        assert (answers.count(200), answers.count(429)) == (12, 28)

    def test_writes_are_counted_as_exactly(self, programs, tier, catalog):
        answers = statuses(
            [one.text for one in programs], lambda client: client.post(*QUOTE, format="json"), 24
        )
        # One that was counted may be told that the workspace's others are held up.
        assert (answers.count(200) + answers.count(503), answers.count(429)) == (6, 18)


@pytest.mark.django_db
class TestReadsAndWrites:
    def test_polling_uses_up_no_orders(self, api, tier, catalog):
        assert [api.get(READ).status_code for _ in range(7)] == [200] * 6 + [429]
        assert api.post(*QUOTE, format="json").status_code == 200

    def test_ordering_uses_up_no_reads(self, api, tier, catalog, workspace, fund):
        fund(workspace, 10)
        assert [api.post(*ORDER, format="json").status_code for _ in range(4)] == [202] * 3 + [429]
        assert api.get(READ).status_code == 200

    @pytest.mark.parametrize("method", ["get", "head"])
    def test_what_changes_nothing_is_a_read(self, api, tier, method):
        getattr(api, method)(READ)
        assert Rate.objects.filter(subject=api.token.pk).values_list("reads", "writes").get() == (1, 0)

    @pytest.mark.parametrize("method", ["post", "patch", "put", "delete"])
    def test_whatever_else_is_a_write(self, api, tier, method):
        getattr(api, method)(READ)
        assert Rate.objects.filter(subject=api.token.pk).values_list("reads", "writes").get() == (0, 1)

    @pytest.mark.django_db(transaction=True)
    def test_on_both_surfaces_alike(self, api, tier, catalog):
        for _ in range(3):
            assert api.post("/v1/images/generations", {}, format="json").status_code == 400
        refused = api.post("/v1/images/generations", {}, format="json")
        assert refused.status_code == 429
        assert "3 writes a minute" in refused.json()["error"]["message"]
        assert api.post(*QUOTE, format="json").status_code == 429
        assert api.get("/v1/models").status_code == 200

    def test_a_browser_is_counted_as_a_person(self, client_for, alice, workspace, tier):
        browser = client_for(alice)
        assert [browser.get(READ).status_code for _ in range(7)] == [200] * 6 + [429]
        assert "your 6 reads a minute" in browser.get(READ).json()["detail"]


@pytest.mark.django_db
class TestWorkspaces:
    def test_more_tokens_give_no_more_requests(self, programs, tier):
        answers = [one.get(READ).status_code for one in programs for _ in range(4)]
        assert answers == [200] * 12 + [429] * 4

    def test_a_token_over_its_limit_uses_up_nothing_of_the_others(self, programs, tier):
        first, second, *_ = programs
        assert [first.get(READ).status_code for _ in range(20)] == [200] * 6 + [429] * 14
        assert [second.get(READ).status_code for _ in range(6)] == [200] * 6

    def test_another_workspace_is_not_concerned(self, programs, foreign_api, tier):
        for one in programs:
            for _ in range(4):
                one.get(READ)
        assert foreign_api.get(READ).status_code == 200

    def test_the_refusal_says_that_it_is_the_workspaces(self, programs, tier, problem):
        for one in programs[:2]:
            for _ in range(6):
                one.get(READ)
        refused = problem(programs[2].get(READ))
        assert (refused["code"], refused["limit"]) == ("rate_limited", "workspace-reads")
        assert "12 reads a minute" in refused["detail"]
        assert "workspace" in refused["detail"]


@pytest.mark.django_db
class TestHeaders:
    def test_they_say_what_is_left_and_when_to_come_back(self, api, tier):
        first = api.get(READ)
        assert first["RateLimit-Policy"] == '"reads";q=6;w=60, "workspace-reads";q=12;w=60'
        assert first["RateLimit"] == '"reads";r=5;t=60, "workspace-reads";r=11;t=60'
        Rate.objects.filter(subject=api.token.pk).update(reads=6)
        last = api.get(READ)
        assert last.status_code == 429
        assert 1 <= int(last["Retry-After"]) <= 60
        assert last.json()["code"] == "rate_limited"
        assert last["RateLimit"].startswith('"reads";r=0;t=')

    def test_of_a_write_they_are_the_writes(self, api, tier, catalog):
        answer = api.post(*QUOTE, format="json")
        assert answer["RateLimit-Policy"] == '"writes";q=3;w=60, "workspace-writes";q=6;w=60'
        assert answer["RateLimit"].startswith('"writes";r=2;t=')

    @pytest.mark.django_db(transaction=True)
    def test_openais_clients_find_their_own_too_and_refusals_have_both(self, api, tier, catalog):
        Rate.objects.create(
            subject=api.token.workspace_id, started_at=timezone.now() - timedelta(seconds=30), writes=5
        )
        asked = {"prompt": ""}
        answer = api.post("/v1/images/generations", asked, format="json")
        assert answer.status_code == 400
        assert answer["RateLimit"].startswith('"writes";r=2;t=60, "workspace-writes";r=0;t=')
        assert (answer["x-ratelimit-limit-requests"], answer["x-ratelimit-remaining-requests"]) == ("6", "0")
        refused = api.post("/v1/images/generations", asked, format="json")
        assert refused.status_code == 429
        assert refused["RateLimit-Policy"].startswith('"writes";q=3;w=60')
        assert refused["Retry-After"] == refused["x-ratelimit-reset-requests"].removesuffix("s")
        assert int(refused["Retry-After"]) <= 30


@pytest.mark.django_db
def test_a_tiers_limit_begins_at_its_moment_inside_a_long_transaction_too(api, workspace):
    """The test's transaction began before the assignment's moment; a later one is still to come."""
    for requests, seconds in ((7, 0), (3, 30)):
        tier = PricingTier.objects.create(slug=f"t{requests}", name=f"T{requests}", reads_per_minute=requests)
        TierAssignment.objects.create(
            workspace=workspace, tier=tier, effective_at=timezone.now() + timedelta(seconds=seconds)
        )
    assert api.get(READ)["RateLimit-Policy"].startswith('"reads";q=7;w=60')


@pytest.mark.django_db
def test_a_new_minute_begins_anew(api, tier):
    api.get(READ)
    Rate.objects.update(reads=20, writes=20, started_at=timezone.now() - timedelta(seconds=61))
    assert api.get(READ).status_code == 200
    assert set(Rate.objects.values_list("reads", "writes")) == {(1, 0)}


@pytest.mark.django_db(transaction=True)
def test_what_a_token_may_not_do_is_counted_too(program, workspace, alice, tier, catalog):
    reader = program(workspace, alice, [Scope.IMAGES_READ])
    assert [reader.post(*ORDER, format="json").status_code for _ in range(4)] == [403] * 3 + [429]
    other = program(workspace, alice, [Scope.IMAGES_READ])
    asked = ("/v1/images/generations", {"prompt": "a lighthouse"})
    assert [other.post(*asked, format="json").status_code for _ in range(4)] == [403] * 3 + [429]


@pytest.mark.django_db
def test_the_tiers_that_are_seeded(workspace):
    columns = (
        "reads_per_minute", "writes_per_minute", "workspace_reads_per_minute", "workspace_writes_per_minute",
    )  # fmt: skip
    assert {slug: rest for slug, *rest in PricingTier.objects.values_list("slug", *columns)} == {
        "standard": [600, 120, 6_000, 1_200],
        "partner": [3_000, 600, 30_000, 6_000],
        "enterprise": [15_000, 3_000, 150_000, 30_000],
    }
