"""A workspace with a tier of its own sees, quotes and pays its own prices everywhere, and no list price."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from billing import ledger, maintenance
from billing.errors import TierRefused
from billing.models import CreditPack, PackOffer, PricingTier, Purchase, TierAssignment
from billing.plans import assignment
from billing.purchases import checkout
from generation.batches import drafts, transitions
from generation.batches.parsing import ParsedRow
from generation.catalog import cache as rows
from generation.models import ModelPrice
from tests.billing.purchases.saving import choose, save_card
from tests.billing.stripe_events import Stripe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalog")]
MODEL, QUALITY = "gpt-image-2.5-flare", "medium"
OWN_CREDITS = 7
"""Of an image; the list says 1."""
ORDER = {"prompt": "a fox", "model": MODEL, "quality": QUALITY, "size": "1024x1024", "n": 1}
LIST_PRICES = ["$10.00", "$30.00", "$100.00", "$500.00"]
OWN_PRICES = ["$9.13", "$27.13", "$91.13", "$451.13"]


@pytest.fixture
def partner(workspace, operator, catalog):
    """A tier in which every pack and every quality of the model costs something else."""
    tier = PricingTier.objects.get(slug="partner")
    packs = CreditPack.objects.order_by("position")
    PackOffer.objects.bulk_create(
        PackOffer(tier=tier, pack=pack, amount=round(float(price[1:]) * 100))
        for pack, price in zip(packs, OWN_PRICES, strict=True)
    )
    for row in ModelPrice.objects.filter(model_id=MODEL, tier=None):
        ModelPrice.objects.create(
            model_id=MODEL, quality=row.quality, tier=tier, credits=OWN_CREDITS, steps=[7, 7, 14, 14]
        )
    assignment.assign(workspace, tier, by=operator, reason="A contract")
    rows.invalidate()
    return tier


@pytest.fixture
def stripe(twin):
    one = Stripe(twin)
    yield one
    one.close()


@pytest.mark.parametrize("address", ["/pricing", "/billing", "/"])
def test_packs_on_pages_have_their_own_price(partner, alice, client_for, address):
    page = client_for(alice).get(address).content.decode()
    assert not [price for price in LIST_PRICES if price in page]
    if address != "/":
        assert not [price for price in OWN_PRICES if price not in page]


def test_models_on_pages_have_their_own_price(partner, alice, client_for, client):
    mine, anybody = client_for(alice), client
    for address in ("/models", "/", "/pricing"):
        row = rf"/models/{MODEL}\"[^\n]*"
        assert re.search(row, mine.get(address).content.decode())
        assert mine.get(address).content != anybody.get(address).content
    page = mine.get(f"/models/{MODEL}").content.decode()
    cells = re.findall(r'<td class="end">(\d+)</td>', page)
    assert cells
    assert set(cells) <= {"7", "14"}
    assert set(
        re.findall(r'<td class="end">(\d+)</td>', anybody.get(f"/models/{MODEL}").content.decode())
    ) > {"1"}
    listed = mine.get("/models").content.decode()
    (row,) = (row for row in listed.split("</tr>") if f"{MODEL}</code>" in row)
    assert f'<td class="end">{OWN_CREDITS}</td>' in row


def test_studio_s_button_says_the_own_price(partner, bob, client_for, fund, workspace):
    fund(workspace, 100)
    form = {**ORDER, "shape": "1:1", "n": "1", "background": "auto", "output_format": "png"}
    studio = client_for(bob)
    assert f"{OWN_CREDITS} credits" in studio.post("/studio/quote", form).content.decode()
    answer = studio.post("/studio/generate", {**form, "request_key": "0123456789abcdef", "max_credits": "7"})
    assert answer.status_code == 302
    assert workspace.generations.get().credits == OWN_CREDITS


def test_the_api_lists_quotes_and_charges_the_own_price(partner, api, fund, workspace):
    fund(workspace, 100)
    packs = {row["id"]: row["amount"] for row in api.get("/api/v1/packs").json()["data"]}
    assert packs == {"starter": 913, "growth": 2713, "professional": 9113, "enterprise": 45113}
    listed = next(row for row in api.get("/api/v1/models").json()["data"] if row["id"] == MODEL)
    one = api.get(f"/api/v1/models/{MODEL}").json()
    for model in (listed, one):
        assert {price["credits"] for price in model["prices"]} == {OWN_CREDITS}
    assert api.post("/api/v1/quotes", ORDER).json()["credits"] == OWN_CREDITS
    assert api.post("/api/v1/generations", ORDER).json()["quote"]["credits"] == OWN_CREDITS


def test_a_batch_is_quoted_at_the_own_price(partner, workspace, fund, bob):
    fund(workspace, 100)
    draft = drafts.create(
        workspace,
        [ParsedRow("a fox"), ParsedRow("a hare")],
        common={"model": MODEL, "quality": QUALITY, "size": "1:1"},
        user=bob,
    )
    assert transitions.start(draft).credits == 2 * OWN_CREDITS


def test_checkout_and_auto_top_up_charge_the_own_price(partner, workspace, alice, stripe, fund):
    purchase = checkout.start(workspace, "growth", user=alice)
    assert stripe.get(f"checkout/sessions/{purchase.checkout_session}")["amount_total"] == 2713
    save_card(workspace, alice, stripe)
    choose(workspace, alice)
    fund(workspace, 100)
    ledger.hold(workspace, 1, reference="generation:1")
    assert maintenance.top_ups() == 1
    bought = Purchase.objects.get(is_automatic=True)
    assert (bought.amount, bought.status) == (913, Purchase.Status.PAID)
    assert stripe.get(f"payment_intents/{bought.payment_intent}")["amount"] == 913


def test_a_tier_begins_at_its_moment_and_not_before(workspace, operator, api, partner):
    standard = PricingTier.objects.get(slug="standard")
    tomorrow = timezone.now() + dt.timedelta(days=1)
    made = assignment.assign(
        workspace, standard, by=operator, reason="The contract ends", effective_at=tomorrow
    )
    assert PricingTier.for_workspace(workspace) == rows.tier_of(workspace) == partner
    TierAssignment.objects.filter(pk=made.pk).update(effective_at=timezone.now())  # a day later
    assert PricingTier.for_workspace(workspace) == rows.tier_of(workspace) == standard
    assert {row["amount"] for row in api.get("/api/v1/packs").json()["data"]} == {1000, 3000, 10000, 50000}


def test_history_is_not_rewritten(workspace, operator):
    partner = PricingTier.objects.get(slug="partner")
    with pytest.raises(TierRefused):
        assignment.assign(
            workspace,
            partner,
            by=operator,
            reason="Too late",
            effective_at=timezone.now() - dt.timedelta(days=1),
        )
    assert not TierAssignment.objects.exists()


def test_operators_change_the_tier_on_the_workspace_s_page(workspace, operator, alice, client_for):
    desk, page = client_for(operator), f"/admin/accounts/workspace/{workspace.pk}"
    form = {
        "tier": "partner",
        "reason": "A contract",
        "effective_at_0": "2040-01-01",
        "effective_at_1": "00:00:00",
    }
    assert desk.post(f"{page}/assign_tier/", form).status_code == 302
    made = TierAssignment.objects.get()
    assert (made.tier_id, made.assigned_by, made.effective_at.year) == ("partner", operator, 2040)
    assert PricingTier.for_workspace(workspace).slug == "standard"
    assert "scheduled" in desk.get(f"{page}/change/").content.decode()
    now = {"tier": "enterprise", "reason": "At once", "effective_at_0": "", "effective_at_1": ""}
    assert desk.post(f"{page}/assign_tier/", now).status_code == 302
    assert PricingTier.for_workspace(workspace).slug == "enterprise"
    assert "in force" in desk.get(f"{page}/change/").content.decode()
    assert AuditEvent.objects.filter(action="workspace.tier_assigned", actor=operator).count() == 2
    past = {**form, "effective_at_0": "2020-01-01"}
    assert "can&#x27;t begin in the past" in desk.post(f"{page}/assign_tier/", past).content.decode()
    assert client_for(alice).post(f"{page}/assign_tier/", now).status_code in {302, 403}
    assert TierAssignment.objects.count() == 2
