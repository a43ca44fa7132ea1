"""What is charged without being asked is never more than what somebody agreed to."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEvent
from billing import maintenance
from billing.errors import TopUpRefused
from billing.ledger.balance import Balance
from billing.models import AutoTopUp, CreditPack, PackOffer, PricingTier, Purchase, TierAssignment
from billing.plans import offers
from billing.plans.offers import Terms
from billing.purchases import auto_top_up_consent
from tests.billing.purchases.saving import choose, save_card, shown
from tests.support import letters

AGREED = import_module("billing.migrations.0013_top_up_consent").AGREED


@pytest.fixture
def saved(workspace, alice, stripe, fund):
    """Alice has agreed to 400 credits for $10 whenever fewer than 100 are left, and 10 are."""
    save_card(workspace, alice, stripe)
    fund(workspace, 10)
    return choose(workspace, alice)


def charged(stripe):
    return [intent["amount"] for intent in stripe.get("payment_intents")["data"]]


def change(**columns):
    CreditPack.objects.filter(slug="starter").update(**columns)


def cheap_for_a_tier(workspace, amount):
    tier, _ = PricingTier.objects.get_or_create(slug="own", defaults={"name": "Own"})
    PackOffer.objects.update_or_create(tier=tier, pack_id="starter", defaults={"amount": amount})
    TierAssignment.objects.get_or_create(workspace=workspace, tier=tier)


def test_a_dearer_pack_is_not_charged_but_asked_for(saved, workspace, alice, client_for, stripe, have):
    change(amount=10_000)
    for _ in range(3):
        maintenance.top_ups()
    assert (charged(stripe), have(), Purchase.objects.count()) == ([], Balance(available=10), 0)
    assert letters.deliver() == 1
    (letter,) = mail.outbox
    assert letter.to == ["alice@example.com"]
    said = "Starter is 400 credits for $100.00 now, and you agreed to 400 credits for $10.00"
    assert said in letter.body
    page = client_for(alice).get("/billing").content.decode()
    assert said in page
    assert 'name="on" data-autosubmit>' in page
    assert AuditEvent.objects.get(action="top_up.paused").detail == {"because": "dearer"}
    answer = {"on": "on", "threshold": "100", "per_day": "2", "terms": "starter:400:10000"}
    client_for(alice, proven=True).post("/billing/top-up", answer)
    assert maintenance.top_ups() == 1
    assert charged(stripe) == [10_000]


def test_fewer_credits_for_the_price_are_asked_for_too(saved, stripe):
    change(credits=399)
    assert maintenance.top_ups() == 0
    assert (charged(stripe), AutoTopUp.objects.get().paused_kind) == ([], "dearer")


def test_a_tier_that_makes_it_dearer_is_asked_for_too(saved, workspace, stripe):
    cheap_for_a_tier(workspace, 1_001)
    assert maintenance.top_ups() == 0
    assert (charged(stripe), AutoTopUp.objects.get().paused_kind) == ([], "dearer")


def test_a_lower_price_is_taken_and_the_consent_stays(saved, workspace, stripe, have):
    cheap_for_a_tier(workspace, 800)
    maintenance.top_ups()
    assert (charged(stripe), have()) == ([800], Balance(available=410))
    saved.refresh_from_db()
    assert (saved.agreed_amount, saved.agreed_credits, saved.paused_at) == (1_000, 400, None)


def test_a_pack_that_is_no_longer_sold_is_told(saved, stripe, workspace, alice, client_for):
    change(is_active=False)
    assert maintenance.top_ups() == 0
    assert letters.deliver() == 1
    assert "Starter is no longer on sale" in mail.outbox[0].body
    choose(workspace, alice, shown=shown(workspace, "growth"))
    maintenance.top_ups()
    assert charged(stripe) == [3_000]


def test_what_changed_since_the_page_was_opened_is_not_agreed_to(workspace, alice, stripe):
    save_card(workspace, alice, stripe)
    seen = shown(workspace)
    change(amount=10_000)
    with pytest.raises(TopUpRefused, match=r"Starter has changed since.*400 credits for \$100.00"):
        choose(workspace, alice, shown=seen)
    assert not AutoTopUp.objects.get().is_on


def test_it_can_always_be_switched_off(saved, workspace, alice):
    seen = shown(workspace)
    change(amount=10_000, is_active=False)
    assert not choose(workspace, alice, on=False, shown=seen).is_on


def test_a_page_that_shows_a_dearer_price_agrees_to_nothing_by_itself(saved, alice, client_for):
    change(amount=10_000)
    page = client_for(alice).get("/billing").content.decode()
    assert "Auto top-up is paused: Starter is 400 credits for $100.00 now" in page
    assert 'name="on" data-autosubmit>' in page


def test_an_answer_that_was_lost_is_asked_for_at_the_price_of_then(saved, stripe):
    stripe.control.post(
        "/script", json=[{"match": {"path": "/v1/payment_intents"}, "times": 2, "do": "reset"}]
    )
    maintenance.top_ups()
    change(amount=10_000, credits=100)
    AutoTopUp.objects.update(busy_until=timezone.now() - timedelta(seconds=1))
    maintenance.top_ups()
    assert charged(stripe) == [1_000]
    assert Purchase.objects.get().credits == 400


def test_what_is_no_longer_agreed_to_is_not_charged_although_it_was_asked_for(
    saved, workspace, alice, stripe, have
):
    choose(workspace, alice, shown=shown(workspace, "enterprise"))
    stripe.control.post(
        "/script", json=[{"match": {"path": "/v1/payment_intents"}, "times": 2, "do": "reset"}]
    )
    maintenance.top_ups()
    choose(workspace, alice)
    for _ in range(2):
        AutoTopUp.objects.update(busy_until=None)
        maintenance.top_ups()
    assert sorted(Purchase.objects.values_list("pack_slug", "status")) == [
        ("enterprise", "expired"),
        ("starter", "paid"),
    ]
    assert (charged(stripe), have()) == ([1_000], Balance(available=410))


@pytest.mark.parametrize("columns", [{"amount": 1_001}, {"credits": 399}])
def test_the_statement_that_makes_the_purchase_reads_the_consent(saved, workspace, columns):
    """Whatever somebody has decided before it."""
    change(**columns)
    (offer,) = (one for one in offers.for_workspace(workspace) if one.slug == "starter")
    assert auto_top_up_consent.create_purchase(saved, offer) is None
    AutoTopUp.objects.update(is_on=False)
    change(amount=1_000, credits=400)
    (offer,) = (one for one in offers.for_workspace(workspace) if one.slug == "starter")
    assert auto_top_up_consent.create_purchase(saved, offer) is None
    AutoTopUp.objects.update(is_on=True)
    assert auto_top_up_consent.create_purchase(saved, offer).amount == 1_000


@pytest.mark.parametrize(
    "text", ["", "starter", "starter:4", "starter:4:x", "a:b:1:2", "starter:-4:1", "s:²:1", "s:1:9999999999"]
)
def test_terms_that_make_no_sense_are_none(text):
    assert Terms.read(text) is None


def test_old_consents_have_the_price_that_stands_in_the_trail(saved, workspace, alice, stripe):
    AutoTopUp.objects.update(agreed_amount=None, agreed_credits=None)
    change(amount=10_000)
    with connection.cursor() as cursor:
        cursor.execute(AGREED)
    saved.refresh_from_db()
    assert (saved.agreed_amount, saved.agreed_credits) == (1_000, 400)


def test_an_old_consent_without_a_trail_is_asked_for_anew(saved, stripe):
    AutoTopUp.objects.update(agreed_amount=None, agreed_credits=None)
    assert maintenance.top_ups() == 0
    assert charged(stripe) == []
    letters.deliver()
    assert "its price was not written down when you agreed" in mail.outbox[0].body
