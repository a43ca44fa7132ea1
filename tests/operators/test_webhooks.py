"""Webhooks, as operators see them: what is behind, why an endpoint is off, and what became of a delivery."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now

from api.models import DeliveryTry, EventType, WebhookDelivery, WebhookEndpoint
from api.webhooks import backlog, dashboard, endpoints
from api.webhooks.publishing import publish

pytestmark = pytest.mark.django_db
LISTS = "/admin/api/webhookendpoint/", "/admin/api/webhookdelivery/"
URL = "http://127.0.0.1:9/hooks-of-alice"


@pytest.fixture
def browser(operator, client_for):
    return client_for(operator)


@pytest.fixture
def delivery(workspace):
    """An event that waits for the one endpoint of Alice's workspace."""
    endpoints.register(workspace, URL, ["*"], is_test=False)
    with transaction.atomic():
        publish(workspace.pk, EventType.BALANCE_LOW, [workspace.pk])
    return WebhookDelivery.objects.get()


def overdue(by):
    WebhookDelivery.objects.update(next_at=Now() - by)


def test_what_nobody_sends_is_overdue_and_what_a_receiver_refuses_is_not(delivery, browser):
    overdue(timedelta(minutes=1))
    assert dashboard.overdue().value == "0"
    overdue(timedelta(minutes=3))
    found = backlog.measure()
    assert (found.waiting, found.overdue, found.failing) == (1, 1, 0)
    assert found.overdue_since == WebhookDelivery.objects.get().next_at
    assert (dashboard.overdue().value, dashboard.overdue().tone) == ("1", "bad")
    assert "hooks-of-alice" in browser.get(dashboard.overdue().href).content.decode()
    WebhookEndpoint.objects.update(failing_since=Now())
    found = backlog.measure()
    assert (found.waiting, found.overdue, found.overdue_since, found.failing) == (1, 0, None, 1)
    assert "hooks-of-alice" not in browser.get(dashboard.overdue().href).content.decode()
    WebhookEndpoint.objects.update(status="disabled", disabled_reason="gone")
    assert backlog.measure().disabled == {"gone": 1}
    assert "1 switched off by us" in dashboard.overdue().detail


def test_prometheus_is_told(delivery, client, settings):
    settings.METRICS_TOKEN = "a-token-for-the-scraper"
    overdue(timedelta(minutes=3))
    told = client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {settings.METRICS_TOKEN}").content.decode()
    lines = dict(line.rsplit(" ", 1) for line in told.splitlines() if line.startswith("createio_webhooks"))
    assert float(lines.pop("createio_webhooks_overdue_seconds")) >= 180
    assert {name: float(value) for name, value in lines.items()} == {
        "createio_webhooks_waiting": 1,
        "createio_webhooks_failing_endpoints": 0,
        'createio_webhooks_disabled_endpoints{reason="by_hand"}': 0,
        'createio_webhooks_disabled_endpoints{reason="failing"}': 0,
        'createio_webhooks_disabled_endpoints{reason="gone"}': 0,
    }


def test_lists_are_searched_by_id_workspace_and_address(delivery, browser, workspace, other_workspace):
    endpoint = delivery.endpoint
    WebhookEndpoint.objects.update(status="disabled", disabled_reason="failing")
    found = (
        endpoint.public_id,
        str(endpoint.pk),
        workspace.public_id,
        workspace.name,
        "hooks-of-alice",
        delivery.public_id,
    )
    for words in found:
        for page in LISTS:
            assert "hooks-of-alice" in browser.get(page, {"q": words}).content.decode(), (page, words)
    for words in (other_workspace.public_id, "hooks-of-charlie"):
        for page in LISTS:
            assert "hooks-of-alice" not in browser.get(page, {"q": words}).content.decode(), (page, words)
    assert "Failed for five days" in browser.get(LISTS[0]).content.decode()


def test_a_delivery_is_shown_with_its_tries_and_without_what_was_sent(delivery, browser):
    DeliveryTry.objects.create(
        delivery=delivery, number=1, began_at=delivery.event.created_at, duration_ms=31, status_code=503,
        sent='{"private": 1}', answer="deploying",
    )  # fmt: skip
    shown = browser.get(f"{LISTS[1]}{delivery.pk}/change/").content.decode()
    assert "503" in shown
    assert "private" not in shown
    one = browser.get(f"{LISTS[0]}{delivery.endpoint_id}/change/").content.decode()
    assert "hooks-of-alice" in one
    assert "whsec_" not in one
    assert bytes(delivery.endpoint.secret).decode() not in one
