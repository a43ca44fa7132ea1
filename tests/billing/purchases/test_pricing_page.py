from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from billing.models import PackOffer, PricingTier, TierAssignment
from generation.models import ModelPrice


@pytest.fixture(autouse=True)
def catalog(db):
    call_command("seed_catalog")


def test_a_visitor_sees_the_list_prices(client):
    page = client.get("/pricing").content.decode()
    assert "2.5 cents a credit. That is all." in page
    assert "Buy 1,200 credits" in page
    assert "GPT Image 2.5 Flare" in page


def test_a_member_sees_the_prices_of_the_own_tier(workspace, alice, client_for):
    partner = PricingTier.objects.get(slug="partner")
    PackOffer.objects.create(tier=partner, pack_id="growth", amount=2_400)
    price = ModelPrice.objects.filter(model_id="gpt-image-2.5-flare", quality="max", tier=None).get()
    price.pk, price.tier, price.credits = None, partner, 77
    price.save()
    yesterday = timezone.now() - timedelta(days=1)
    TierAssignment.objects.create(workspace=workspace, tier=partner, effective_at=yesterday)
    page = client_for(alice).get("/pricing").content.decode()
    assert "2 cents a credit" in page
    assert ">77<" in page
    assert "prices of your workspace, Partner" in page


def test_with_nothing_on_sale_it_still_answers(client):
    PackOffer.objects.all().delete()
    ModelPrice.objects.all().delete()
    PricingTier.objects.exclude(is_default=True).delete()
    assert client.get("/pricing").status_code == 200
