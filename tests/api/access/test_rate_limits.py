from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone
from rest_framework.test import APIClient

from api.models import Rate
from billing.models import PricingTier, TierAssignment


@pytest.fixture
def tier(workspace):
    tier = PricingTier.objects.create(slug="slow", name="Slow", requests_per_minute=20)
    TierAssignment.objects.create(
        workspace=workspace, tier=tier, effective_at=timezone.now() - timedelta(days=1)
    )
    return tier


@pytest.mark.django_db(transaction=True)
def test_the_limit_is_exact_at_any_concurrency(api, tier):
    def ask(_):
        try:
            return APIClient(HTTP_AUTHORIZATION=f"Bearer {api.text}").get("/api/v1/workspace").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(60)))
    assert answers.count(200) == 20
    assert answers.count(429) == 40


@pytest.mark.django_db
def test_the_answer_says_what_is_left_and_when_to_come_back(api, tier):
    first = api.get("/api/v1/workspace")
    assert first["RateLimit-Policy"] == '"minute";q=20;w=60'
    assert first["RateLimit"] == '"minute";r=19;t=60'
    Rate.objects.update(used=20)
    last = api.get("/api/v1/workspace")
    assert last.status_code == 429
    assert 1 <= int(last["Retry-After"]) <= 60
    assert last.json()["code"] == "rate_limited"
    assert last["RateLimit"].startswith('"minute";r=0;t=')


@pytest.mark.django_db
def test_a_tiers_limit_begins_at_its_moment_inside_a_long_transaction_too(api, workspace):
    """The test's transaction began before the assignment's moment; a later one is still to come."""
    for requests, seconds in ((7, 0), (3, 30)):
        tier = PricingTier.objects.create(
            slug=f"t{requests}", name=f"T{requests}", requests_per_minute=requests
        )
        TierAssignment.objects.create(
            workspace=workspace, tier=tier, effective_at=timezone.now() + timedelta(seconds=seconds)
        )
    assert api.get("/api/v1/workspace")["RateLimit-Policy"] == '"minute";q=7;w=60'


@pytest.mark.django_db
def test_a_new_minute_begins_anew(api, tier):
    api.get("/api/v1/workspace")
    Rate.objects.update(used=20, started_at=timezone.now() - timedelta(seconds=61))
    assert api.get("/api/v1/workspace").status_code == 200
    assert Rate.objects.get().used == 1


@pytest.mark.django_db
def test_tokens_and_tiers_do_not_share_a_count(api, foreign_api, tier):
    Rate.objects.all().delete()
    api.get("/api/v1/workspace")
    Rate.objects.update(used=20)
    assert api.get("/api/v1/workspace").status_code == 429
    assert foreign_api.get("/api/v1/workspace").status_code == 200
