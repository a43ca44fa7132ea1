"""Caps of members and of the workspace, stopped spending, and alerts before a cap is reached."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from api.models import WebhookEvent
from api.webhooks import endpoints
from billing import ledger
from billing.caps import alerts
from billing.ledger import caps
from billing.models import Cap, CapKind, CapPeriod
from tests.support import letters

ORDER = {
    "prompt": "a lighthouse",
    "model": "gpt-image-2.5-flare",
    "size": "816x816",
    "quality": "low",
}  # 1 credit
JSON = "application/json"

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client_for, alice, workspace):
    return client_for(alice, proven=True)


def order(client):
    return client.post("/api/v1/generations", ORDER, content_type=JSON)


def test_a_member_spends_up_to_the_cap_and_others_go_on(admin, client_for, bob, workspace, fund):
    fund(workspace, 100)
    (place,) = (row for row in admin.get("/api/v1/members").json()["data"] if row["email"] == bob.email)
    answer = admin.patch(f"/api/v1/members/{place['id']}", {"caps": {"day": 2}}, content_type=JSON)
    assert answer.json()["caps"]["day"] == 2
    browser = client_for(bob)
    assert [order(browser).status_code for _ in range(3)] == [202, 202, 402]
    assert order(admin).status_code == 202
    assert admin.get(f"/api/v1/members/{place['id']}").json()["cap_use"]["day"]["left"] == 0


def test_the_workspaces_cap_holds_for_all(admin, client_for, bob, workspace, fund):
    fund(workspace, 100)
    admin.patch("/api/v1/workspace", {"caps": {"month": 2}}, content_type=JSON)
    assert [order(one).status_code for one in (admin, client_for(bob), admin)] == [202, 202, 402]
    assert admin.get("/api/v1/workspace").json()["cap_use"]["month"]["committed"] == 2


def test_stopped_spending_stops_everybody_at_once_until_it_is_allowed(admin, api, workspace, fund, problem):
    fund(workspace, 100)
    assert api.patch("/api/v1/workspace", {"spending_locked": True}, format="json").status_code == 200
    for client in (admin, api):
        answer = (
            client.post("/api/v1/generations", ORDER, content_type=JSON)
            if client is admin
            else client.post("/api/v1/generations", ORDER, format="json")
        )
        assert problem(answer)["code"] == "spending_locked"
    admin.patch("/api/v1/workspace", {"spending_locked": False}, content_type=JSON)
    assert order(admin).status_code == 202


def test_each_mark_is_told_once_in_its_period(workspace, alice, fund):
    fund(workspace, 100)
    endpoints.register(workspace, "http://127.0.0.1:9/", ["spend.alert"], is_test=False, by=alice)
    caps.set_cap(workspace, CapKind.WORKSPACE, workspace.pk, CapPeriod.MONTH, 10)
    told = []
    for number in range(10):
        ledger.hold(workspace, 1, reference=f"generation:{number}")
        alerts.notify()
        told.append(alerts.notify())
    assert told == [0] * 10
    letters.deliver()
    assert [letter.subject for letter in mail.outbox] == [
        f"The monthly cap of {workspace.name} is 50 % spent",
        f"The monthly cap of {workspace.name} is 80 % spent",
        f"The monthly cap of {workspace.name} is reached",
    ]
    events = WebhookEvent.objects.filter(type="spend.alert").order_by("sequence")
    assert [event.facts["cap"]["percent"] for event in events] == [50, 80, 100]
    assert events[0].facts["cap"] == {
        "of": "workspace", "subject": workspace.public_id, "period": "month", "percent": 50, "credits": 10,
        "committed": 5,
    }  # fmt: skip


def test_a_new_period_and_a_higher_cap_are_told_of_anew(workspace, fund):
    fund(workspace, 100)
    caps.set_cap(workspace, CapKind.WORKSPACE, workspace.pk, CapPeriod.DAY, 4)
    ledger.hold(workspace, 4, reference="generation:1")
    assert alerts.notify() == 1
    caps.set_cap(workspace, CapKind.WORKSPACE, workspace.pk, CapPeriod.DAY, 8)
    assert alerts.notify() == 1
    ledger.hold(workspace, 8, reference="generation:2", at=timezone.now() + timedelta(days=1))
    assert Cap.objects.get().told == 0


def test_a_member_is_told_of_their_own_cap(workspace, alice, bob, fund):
    fund(workspace, 100)
    caps.set_cap(workspace, CapKind.MEMBER, bob.pk, CapPeriod.DAY, 2)
    ledger.hold(workspace, 2, reference="generation:1", actor=bob)
    alerts.notify()
    letters.deliver()
    assert sorted(to for letter in mail.outbox for to in letter.to) == ["alice@example.com", bob.email]
