"""The operators' first page: each number is right, leads to exactly what it counts, and costs no query for each."""

import datetime as dt
import re
import uuid

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from billing import ledger
from billing.accounting import books, revenue
from billing.ledger.statement import first_id
from billing.models import CreditRequest, Dispute, Purchase, Reconciliation, Refund
from core.dashboard import Gauge, age_in_words, percent_change
from core.wording import money
from generation.catalog import cache as catalog
from generation.models import Attempt, Generation, Image
from generation.reporting import costs
from tests.billing.history import History
from tests.generation.reporting.pictured import picture

NOW = timezone.now()


@pytest.fixture
def browser(operator, client_for):
    return client_for(operator)


@pytest.fixture
def busy(db, operator):
    """Some business of today, and one of each thing that waits."""
    catalog.invalidate()
    story = History(3)
    for _ in range(150):
        story.step()
    picture(3)
    workspace = story.workspaces[0]
    ledger.grant(workspace, 100, key="more", reference="more")
    ledger.hold(workspace, 7, reference=f"generation:{uuid.uuid4()}")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE billing_hold SET created_at = now() - interval '2 hours' WHERE ended_at IS NULL"
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    Purchase.objects.create(
        workspace=workspace,
        pack_slug="p",
        pack_name="Odd",
        credits=5,
        amount=500,
        status="review",
        review_reason="Another amount",
    )
    Refund.objects.update(status="pending")
    Dispute.objects.create(
        stripe_id="dp_open", payment_intent="pi", amount=3_000, status="needs_response", due_by=NOW
    )
    CreditRequest.objects.create(
        workspace_id=Purchase.objects.first().workspace_id,
        credits=5_000,
        asked_by=operator,
        request_key="k",
    )
    Reconciliation.objects.create(finished_at=NOW, differences=["I3: off"], number=1)
    generation = Generation.objects.first()
    for number, (status, reason) in enumerate(
        [
            ("failed", "provider_error"),
            ("failed", "moderation_output"),
            ("failed", "canceled"),
            ("waiting", ""),
            ("running", ""),
        ]
    ):
        Image.objects.create(
            workspace_id=generation.workspace_id,
            generation=generation,
            index=10 + number,
            status=status,
            reason=reason,
            credits=0,
            dispatched_at=NOW if status == "running" else None,
            claim=uuid.uuid4() if status == "running" else None,
            lease_until=NOW if status == "running" else None,
        )
    return story


def gauges(page):
    return {one.name: one for _, found in page.context["sections"] for one in found}


def test_every_number_leads_to_a_list_that_answers(browser, busy):
    page = browser.get(reverse("admin:index"))
    links = set(re.findall(r'href="(/admin/[^"]*)"', page.content.decode().partition('class="dashboard"')[2]))
    assert len(links) > 25
    for href in links:
        assert browser.get(href.replace("&amp;", "&")).status_code == 200, href


def test_what_is_counted_is_what_the_list_shows(browser, busy):
    found = gauges(browser.get(reverse("admin:index")))
    for name in (
        "Stuck holds",
        "Open disputes",
        "Purchases in review",
        "Waiting refunds",
        "Credit requests",
        "Waiting",
        "Running",
    ):
        listed = browser.get(found[name].href).context["cl"].result_count
        assert int(found[name].value) == listed > 0, name
    for name, part in (("Failure rate", 0), ("Withheld", 0)):
        listed = browser.get(found[name].href).context["cl"].result_count
        assert int(found[name].detail.split(" of ")[part]) == listed == 1, name
    sold = browser.get(found["Credits sold"].href).context["cl"].queryset
    assert int(found["Credits sold"].value.replace(",", "")) == sum(row.amount for row in sold)
    used = browser.get(found["Credits used"].href).context["cl"].queryset
    assert int(found["Credits used"].value.replace(",", "")) == sum(row.amount for row in used)


def test_the_models_numbers_are_those_of_their_lists(browser, busy):
    page = browser.get(reverse("admin:index"))
    assert page.context["models"]
    for row in page.context["models"]:
        assert browser.get(row.images_href).context["cl"].result_count == row.images
        failed = browser.get(row.failed_href).context["cl"].result_count
        assert row.failed == (
            f"{failed / (row.images + failed):.1%}".replace("%", " %")
            if row.images + failed
            else "\N{EN DASH}"
        )
        assert sum(one.cost for one in browser.get(row.lost_href).context["cl"].queryset) == sum(
            Attempt.objects.filter(is_loss=True, image__generation__model__label=row.label).values_list(
                "cost", flat=True
            )
        )


def test_money_is_that_of_the_books(browser, busy):
    found = gauges(browser.get(reverse("admin:index")))
    today = timezone.now().date()
    rows = revenue.by_day(today - dt.timedelta(days=29), today + dt.timedelta(days=1))
    whole = costs.total(costs.by_day_and_model(today - dt.timedelta(days=29), today + dt.timedelta(days=1)))
    now = books.outstanding()
    assert (
        found["Revenue"].value
        == short(revenue.rounded_cents(sum(one.revenue for one in rows)))
        == short(now.earned)
    )
    assert found["Outstanding"].value == short(now.liability)
    assert found["Outstanding"].detail == f"{now.available + now.held:,} credits, a liability"
    assert found["Paid"].value == short(
        sum(Purchase.objects.filter(status="paid").values_list("amount", flat=True))
    )
    assert found["Margin"].detail == short(revenue.rounded_cents(whole.margin))
    tomorrow = first_id(today + dt.timedelta(days=1))
    lost = sum(Attempt.objects.filter(is_loss=True, id__lt=tomorrow).values_list("cost", flat=True))
    assert found["Cost without delivery"].value == short((2 * lost + 10_000) // 20_000)
    assert found["Ledger check"].value == "1"
    assert found["Ledger check"].tone == "bad"


def short(amount):
    return money(amount) if abs(amount) < 100_000 else money(amount)[:-3]


def test_what_waits_longest_comes_first(browser, busy):
    waiting = [one for one, _ in browser.get(reverse("admin:index")).context["waiting"]]
    assert [one.since for one in waiting] == sorted(one.since for one in waiting)
    assert {one.title.partition(":")[0] for one in waiting} >= {"Hold without an end"}
    for one in waiting:
        assert browser.get(one.href).status_code == 200


def test_as_many_queries_whatever_there_is(browser, busy, django_assert_num_queries):
    """One for each number that stands alone, one for each list, and a few for the session and the person."""
    browser.get(reverse("admin:index"))
    cache.clear()
    with CaptureQueriesContext(connection) as first:
        browser.get(reverse("admin:index"))
    for _ in range(60):
        busy.step()
    cache.clear()
    with django_assert_num_queries(len(first)):
        browser.get(reverse("admin:index"))
    assert len(first) <= 57, "\n".join(query["sql"][:90] for query in first)


def test_money_is_priced_once_a_minute(browser, busy):
    before = gauges(browser.get(reverse("admin:index")))
    with CaptureQueriesContext(connection) as queries:
        after = gauges(browser.get(reverse("admin:index")))
    assert not [query for query in queries if "WITH earned" in query["sql"]]
    assert after["Revenue"] == before["Revenue"]


@pytest.mark.parametrize(
    ("asked", "words"), [("1", "today"), ("7", "last 7 days"), ("91", "last 91 days"), ("x", "last 30 days")]
)
def test_other_days_can_be_chosen(browser, db, asked, words):
    page = browser.get(f"{reverse('admin:index')}?days={asked}").content.decode()
    assert f"Money, {words}" in page


def test_an_empty_house_has_a_page_too(browser, db):
    found = gauges(browser.get(reverse("admin:index")))
    assert {found[name].value for name in ("Stuck holds", "Open disputes", "Waiting", "Running")} == {"0"}
    assert found["Ledger check"].value == "never"
    assert found["Margin"].value == found["Failure rate"].value == "\N{EN DASH}"


def test_who_may_not_see_money_sees_none(db, client_for):
    person = User.objects.create_user("nina@example.com", "create-with-io", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_image"))
    page = client_for(person).get(reverse("admin:index"))
    assert [name for name, found in page.context["sections"] if found] == ["Machine, last hour"]
    assert "Revenue" not in page.content.decode()


def test_a_trend_is_a_line_in_its_box():
    assert Gauge("n", "1", "", trend=[0, 5, 10]).points == "0.0,18.0 50.0,10.0 100.0,2.0"
    assert Gauge("n", "1", "", trend=[3, 3]).points == "0.0,18.0 100.0,18.0"
    assert Gauge("n", "1", "", trend=[3]).points == ""


def test_ages_and_changes_read_like_words():
    assert [age_in_words(NOW - dt.timedelta(minutes=m), NOW) for m in (0, 59, 180, 60 * 24 * 3)] == [
        "0 min",
        "59 min",
        "3 h",
        "3 d",
    ]
    assert [percent_change(111, 100), percent_change(50, 100), percent_change(1, 0)] == [
        "+11 %",
        "\N{MINUS SIGN}50 %",
        "",
    ]
