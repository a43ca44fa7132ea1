"""A tier's page keeps its packs and limits, and shows who is in it; who is put into it is decided elsewhere."""

from datetime import timedelta
from html import escape

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from billing.models import PackOffer, PricingTier, TierAssignment
from billing.plans import assignment

LONG_AGO = {"effective_at_0": "2020-01-01", "effective_at_1": "00:00:00", "effective_at": "2020-01-01"}


@pytest.fixture
def partner(db):
    return PricingTier.objects.get(slug="partner")


def page_of(tier):
    return reverse("admin:billing_pricingtier_change", args=[tier.pk])


def test_it_shows_who_is_in_it_and_puts_nobody_there(
    partner, workspace, other_workspace, operator, client_for
):
    tomorrow = timezone.now() + timedelta(days=1)
    made = assignment.assign(workspace, partner, by=operator, reason="A contract", effective_at=tomorrow)
    desk, known = client_for(operator), AuditEvent.objects.count()
    page = desk.get(page_of(partner)).content.decode()
    assert escape(workspace.name) in page
    assert 'name="assignments-0-workspace"' not in page
    assert 'name="assignments-__prefix__-workspace"' not in page
    form = {
        "slug": partner.slug, "name": partner.name, "reads_per_minute": 77, "writes_per_minute": 7, "workspace_reads_per_minute": 770, "workspace_writes_per_minute": 70, "test_images_per_day": 5, "images_in_flight": 9, "images_per_request": 4,
        "retention_days": "", "reason": "Their contract was renewed", "in_spite_of_warning": "on",
        "offers-TOTAL_FORMS": 1, "offers-INITIAL_FORMS": 0,
        "offers-0-pack": "growth", "offers-0-amount": 2_400, "offers-0-tier": partner.pk,
        "assignments-TOTAL_FORMS": 2, "assignments-INITIAL_FORMS": 1,
        "assignments-0-id": made.pk, "assignments-0-tier": partner.pk, "assignments-0-DELETE": "on",
        "assignments-0-workspace": other_workspace.pk,
        "assignments-1-tier": partner.pk, "assignments-1-workspace": other_workspace.pk,
        **{f"assignments-{at}-{name}": value for at in (0, 1) for name, value in LONG_AGO.items()},
    }  # fmt: skip
    answer = desk.post(page_of(partner), form)
    assert answer.status_code == 302, answer.content.decode()
    partner.refresh_from_db()
    assert (partner.reads_per_minute, PackOffer.objects.get(tier=partner).amount) == (77, 2_400)
    (kept,) = TierAssignment.objects.all()
    assert (kept.pk, kept.workspace, kept.effective_at) == (made.pk, workspace, made.effective_at)
    lines = AuditEvent.objects.exclude(action="workspace.tier_assigned")
    assert {(one.action, one.target) for one in lines} == {
        ("pricingtier.changed", "partner"),
        ("packoffer.created", "partner"),
    }
    assert (AuditEvent.objects.count(), known) == (3, 1)


def test_its_page_asks_as_often_for_many_workspaces_as_for_one(
    partner, workspace, other_workspace, operator, client_for, django_assert_max_num_queries
):
    desk = client_for(operator)
    for one in (workspace, other_workspace):
        for days in range(1, 11):
            later = timezone.now() + timedelta(days=days)
            assignment.assign(one, partner, by=operator, reason="A contract", effective_at=later)
    desk.get(page_of(partner))
    with django_assert_max_num_queries(16):
        assert desk.get(page_of(partner)).content.decode().count(escape(workspace.name)) >= 10
