"""Nobody pays for the images of test worlds, so the workspace's tier bounds them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from accounts import tokens
from accounts.models import Scope
from billing.models import PricingTier
from generation.errors import DailyTestLimitReached
from generation.maintenance import retention
from generation.models import Batch, DailyTestImages, Generation
from generation.orders.order import Order
from generation.orders.submit import submit
from tests.support import rate_limits

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def test_token(funded, alice):
    PricingTier.objects.update(test_images_per_day=10)
    return tokens.issue(funded, name="Try", scopes=Scope.values, user=alice, is_test=True)[0]


def order(token, n=1, **options):
    return submit(
        token.workspace, Order("a red fox", "gpt-image-2", n=n), source="api", token=token, **options
    )


def test_a_day_has_so_many_images_and_not_one_more(funded, test_token):
    for n in (4, 4):
        order(test_token, n)
    with pytest.raises(DailyTestLimitReached) as refused:
        order(test_token, 4)
    assert (refused.value.extra["limit"], refused.value.extra["used"]) == (10, 8)
    assert 1 <= refused.value.extra["retry_after"] <= 24 * 60 * 60
    order(test_token, 2)
    assert DailyTestImages.objects.get().images == 10
    assert Generation.objects.count() == 3


def test_it_is_exact_at_any_concurrency(funded, test_token):
    def one(_):
        try:
            return order(test_token).count
        except DailyTestLimitReached:
            return 0
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(one, range(30))) == 10
    assert Generation.objects.count() == DailyTestImages.objects.get().images == 10


def test_the_same_request_again_counts_once(funded, test_token):
    for _ in range(3):
        order(test_token, 4, request_key="the same")
    assert DailyTestImages.objects.get().images == 4


def test_tokens_that_pay_and_other_days_are_not_concerned(funded, test_token, alice):
    order(test_token, 4)
    DailyTestImages.objects.update(images=10)
    live = tokens.issue(funded, name="Live", scopes=Scope.values, user=alice)[0]
    order(live, 4)
    DailyTestImages.objects.update(day=timezone.now().date() - timedelta(days=1))
    order(test_token, 4)


def test_a_tier_can_allow_none(funded, test_token):
    PricingTier.objects.update(test_images_per_day=0)
    with pytest.raises(DailyTestLimitReached):
        order(test_token)


def test_old_days_are_forgotten(funded, test_token):
    order(test_token)
    DailyTestImages.objects.update(day=timezone.now().date() - timedelta(days=9))
    assert retention.remove_expired()["days of test images"] == 1


class TestOverTheApi:
    @pytest.fixture
    def program(self, funded, alice, client):
        text = tokens.issue(funded, name="Try", scopes=Scope.values, user=alice, is_test=True)[1]
        rate_limits.allow(1_000)
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {text}"
        return client

    def test_a_thousand_large_rows_are_too_many(self, program, funded):
        asked = {
            "rows": [{"prompt": f"a fox, number {number}"} for number in range(1_000)],
            "model": "gpt-image-2.5-flare",
            "size": "3840x2160",
            "n": 4,
        }
        refused = program.post("/api/v1/batches", asked, content_type="application/json")
        assert (refused.status_code, refused.json()["code"]) == (429, "test_limit_reached")
        assert "4,000 images" in refused.json()["detail"]
        assert not Batch.objects.exists()
        assert not Generation.objects.exists()
        assert not DailyTestImages.objects.exists()

    def test_a_draft_that_is_started_later_and_a_retry_count_too(self, program, funded, test_token):
        asked = {"rows": [{"prompt": "a fox"}] * 3, "model": "gpt-image-2", "n": 2, "start": False}
        batch = program.post("/api/v1/batches", asked, content_type="application/json").json()
        assert not DailyTestImages.objects.exists()
        assert (
            program.post(
                f"/api/v1/batches/{batch['id']}/start", {}, content_type="application/json"
            ).status_code
            == 202
        )
        assert DailyTestImages.objects.get().images == 6
        program.post(f"/api/v1/batches/{batch['id']}/cancel", {}, content_type="application/json")
        again = program.post(f"/api/v1/batches/{batch['id']}/retry", {}, content_type="application/json")
        assert (again.status_code, again.json()["code"]) == (429, "test_limit_reached")

    def test_openais_clients_do_not_try_again(self, program, funded, test_token):
        PricingTier.objects.update(test_images_per_day=0)
        asked = {"prompt": "a fox", "model": "gpt-image-2"}
        refused = program.post("/v1/images/generations", asked, content_type="application/json")
        assert (refused.status_code, refused["x-should-retry"]) == (429, "false")
        assert "test world" in refused.json()["error"]["message"]
