"""Addresses that orders bring: checked, told of their own order, signed with the workspace's secret, and switched off alone."""

import asyncio
import json
import threading
import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import AuditEvent
from api import maintenance
from api.models import OrderAddress, WebhookDelivery, WebhookEndpoint, WorkspaceSecret
from api.receivers import note_generation
from api.webhooks import keys, orders, secrets, sending
from generation.models import Batch, Generation, Image

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalog")]
ENDPOINTS, SECRET = "/api/v1/webhook-endpoints", "/api/v1/webhook-secret/rotate"
GENERATIONS, BATCHES = "/api/v1/generations", "/api/v1/batches"


@pytest.fixture(autouse=True)
def funded(workspace, fund):
    fund(workspace, 100)


@pytest.fixture
def secret(api):
    """The workspace's secret, as it was shown."""
    return api.post(SECRET).json()["secret"]


def order(api, url, **more):
    return api.post(GENERATIONS, {"prompt": "a bell", "webhook_url": url}, **more)


def finish(answer):
    """Let an order end, as a worker does."""
    assert answer.status_code == 202, answer.content
    with transaction.atomic():
        Generation.objects.filter(status="queued").update(status="succeeded", finished_at=timezone.now())
        for one in Generation.objects.filter(
            status="succeeded", pk__in=OrderAddress.objects.values("subject")
        ):
            note_generation(Generation, one)


def test_an_order_has_its_own_events_sent_to_its_own_address(api, secret, sink, make_sink, endpoint, work):
    mine = make_sink()
    made = order(api, f"{mine.url}?shop=7")
    assert api.post(GENERATIONS, {"prompt": "a fig"}).status_code == 202
    finish(made)
    work()
    (told,) = mine.verified(secret)
    assert (told["type"], told["data"]["id"]) == ("generation.succeeded", made.json()["id"])
    assert sink.verified(endpoint["secret"]) == [told], "the workspace's endpoints are told as well"
    delivery = WebhookDelivery.objects.get(endpoint__for_orders=True)
    assert (delivery.status, delivery.url) == ("delivered", f"{mine.url}?shop=7")


def test_the_first_of_a_workspace_needs_no_endpoint_and_no_secret(api, sink, work):
    finish(order(api, sink.url))
    work()
    assert len(sink.received) == 1
    newer = api.post(SECRET).json()
    assert newer["previous_valid_until"] is not None, "the one that nobody has seen goes on for a day"
    finish(order(api, sink.url))
    work()
    sink.received = sink.received[-1:]
    assert sink.verified(newer["secret"])


def test_a_batch_has_its_end_sent(live, api, secret, sink, eventually):
    made = api.post(BATCHES, {"rows": [{"prompt": "a bell"}, {"prompt": "a fig"}], "webhook_url": sink.url})
    assert made.status_code == 202, made.content
    eventually(lambda: Batch.objects.get().status == "succeeded")
    host = WebhookEndpoint.objects.get()
    eventually(WebhookDelivery.objects.exists)
    asyncio.run(sending.work_off(host.workspace_id, host.pk))
    (told,) = sink.verified(secret)
    assert (told["type"], told["data"]["id"]) == ("batch.finished", made.json()["id"])


def test_a_draft_keeps_its_address_until_it_is_ordered(api, sink):
    made = api.post(BATCHES, {"rows": [{"prompt": "a bell"}], "start": False, "webhook_url": sink.url})
    assert made.status_code == 201
    assert OrderAddress.objects.get().subject == Batch.objects.get().pk


@pytest.mark.parametrize("path", [GENERATIONS, BATCHES])
@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://example.com/", "endpoint_refused"),
        ("https://user@example.com/", "endpoint_refused"),
        ("https://exa mple.com/", "endpoint_refused"),
        ("https://nowhere.invalid/", "endpoint_refused"),
        ("https://example.com/" + "x" * 2000, "endpoint_refused"),
        (7, "invalid_request"),
    ],
)
def test_what_can_not_be_called_is_refused_and_nothing_is_charged(api, problem, workspace, path, url, code):
    body = {"rows": [{"prompt": "a bell"}]} if path == BATCHES else {"prompt": "a bell"}
    refused = problem(api.post(path, {**body, "webhook_url": url}))
    assert refused["status"] == 400
    assert (refused.get("param") or refused["errors"][0]["param"]) == "webhook_url"
    if code == "endpoint_refused":
        assert refused["code"] == code
    assert not Image.objects.exists()
    assert api.get("/api/v1/balance").json()["held"] == 0


@pytest.mark.parametrize("url", ["http://example.com/", "https://127.0.0.1/", "https://10.0.0.1/"])
def test_only_public_hosts_are_called_where_others_are_served(api, problem, settings, url):
    settings.PRIVATE_ENDPOINTS = False
    assert problem(order(api, url))["code"] == "endpoint_refused"


def test_it_is_part_of_what_a_key_stands_for(api, problem, sink):
    keyed = {"HTTP_IDEMPOTENCY_KEY": "order-1"}
    first, second = (order(api, sink.url, **keyed) for _ in range(2))
    assert second["Idempotent-Replayed"] == "true"
    assert first.json() == second.json()
    assert OrderAddress.objects.count() == Generation.objects.count() == 1
    assert problem(order(api, f"{sink.url}/other", **keyed))["code"] == "idempotency_key_reused"
    # A repetition is answered, whatever became of the host since.
    WebhookEndpoint.objects.update(status="disabled", disabled_reason="by_hand")
    assert order(api, sink.url, **keyed)["Idempotent-Replayed"] == "true"


def test_quotes_and_the_other_surface_take_none(api, sink):
    assert api.post("/api/v1/quotes", {"prompt": "a bell", "webhook_url": sink.url}).status_code == 400
    there = {"prompt": "a bell", "model": "gpt-image-2.5-flare", "webhook_url": sink.url}
    answer = api.post("/v1/images/generations", json.dumps(there), content_type="application/json")
    assert answer.status_code == 400
    assert not OrderAddress.objects.exists()


def test_one_host_has_one_row_which_is_shown_and_not_changed(api, problem, sink, endpoint):
    order(api, f"{sink.url}/1")
    order(api, f"{sink.url}/2")
    (host,) = [one for one in api.get(ENDPOINTS).json()["data"] if one["for_orders"]]
    assert sink.url.startswith(host["url"])
    assert host["events"] == []
    there = f"{ENDPOINTS}/{host['id']}"
    assert problem(api.patch(there, {"events": ["*"]}))["code"] == "endpoint_of_orders"
    for verb in ("rotate-secret", "test"):
        assert problem(api.post(f"{there}/{verb}"))["status"] == 409
    assert api.patch(there, {"status": "disabled"}).json()["status"] == "disabled"
    refused = problem(order(api, f"{sink.url}/3"))
    assert (refused["code"], refused["param"]) == ("endpoint_disabled", "webhook_url")
    assert api.delete(there).status_code == 204
    assert order(api, f"{sink.url}/3").status_code == 202


def test_a_host_that_failed_for_days_is_tried_again_with_a_new_order(api, sink):
    order(api, sink.url)
    WebhookEndpoint.objects.update(
        status="disabled", disabled_reason="failing", failing_since=timezone.now() - timedelta(days=5)
    )
    assert order(api, sink.url).status_code == 202
    row = WebhookEndpoint.objects.get()
    assert (row.status, row.failing_since) == ("enabled", None)


def test_one_address_that_is_gone_says_nothing_of_its_host(api, sink, work):
    sink.answers = [410]
    finish(order(api, sink.url))
    work()
    assert WebhookDelivery.objects.get().status == "failed"
    row = WebhookEndpoint.objects.get()
    assert (row.status, row.failing_since) == ("enabled", None)


def test_it_is_tried_again_like_any_delivery(api, secret, sink, work):
    sink.answers = [500, 503]
    finish(order(api, sink.url))
    for _ in range(3):
        work()
        WebhookDelivery.objects.exclude(next_at=None).update(next_at=timezone.now() - timedelta(minutes=1))
    assert len(set(sink.ids())) == 1
    assert len(sink.verified(secret)) == 3
    host = next(one for one in api.get(ENDPOINTS).json()["data"] if one["for_orders"])
    (delivery,) = api.get(f"{ENDPOINTS}/{host['id']}/deliveries").json()["data"]
    assert [one["status_code"] for one in delivery["attempts"]] == [500, 503, 204]


def test_one_address_that_hangs_delays_none_of_the_others(api, make_sink, work):
    sinks = [make_sink() for _ in range(20)]
    for one in sinks:
        made = order(api, one.url)
    finish(made)
    sinks[0].goes_on.clear()
    worker, began = threading.Thread(target=work), time.monotonic()
    worker.start()
    while not all(one.received for one in sinks):
        assert time.monotonic() - began < 20, [len(one.received) for one in sinks]
        time.sleep(0.02)
    sinks[0].goes_on.set()
    worker.join(30)


def test_each_mode_has_a_secret_of_its_own_which_renewed_keys_encrypt(
    api, program, workspace, alice, settings
):
    test = program(workspace, alice, is_test=True)
    live, tested = api.post(SECRET).json(), test.post(SECRET).json()
    assert live["previous_valid_until"] is tested["previous_valid_until"] is None
    assert live["secret"] != tested["secret"]
    assert secrets.of_workspace(test.token.workspace_id, is_test=True) == [tested["secret"]]
    settings.ENCRYPTION_KEYS = ("newer", *settings.ENCRYPTION_KEYS)
    assert keys.renew() == 2
    settings.ENCRYPTION_KEYS = ("newer",)
    assert keys.lost() == 0
    assert secrets.of_workspace(workspace.pk, is_test=False) == [live["secret"]]
    settings.ENCRYPTION_KEYS = ("none",)
    assert keys.lost() == 2
    assert AuditEvent.objects.filter(action="webhook_secret.rotated").count() == 2
    assert live["secret"].encode() not in bytes(WorkspaceSecret.objects.first().secret)


def test_there_are_no_more_hosts_than_a_hundred(api, problem, sink, make_sink, monkeypatch):
    monkeypatch.setattr(orders, "MOST", 1)
    assert order(api, sink.url).status_code == 202
    refused = problem(order(api, make_sink().url))
    assert (refused["status"], refused["code"]) == (409, "too_many_webhook_hosts")
    assert order(api, f"{sink.url}/more").status_code == 202


def test_addresses_are_forgotten_after_90_days_and_then_their_host(api, sink):
    order(api, sink.url)
    old = timezone.now() - orders.KEPT - timedelta(minutes=1)
    WebhookEndpoint.objects.update(created_at=old)
    assert maintenance.sweep()["addresses of orders"] == 0
    assert WebhookEndpoint.objects.get().deleted_at is None
    OrderAddress.objects.update(created_at=old)
    assert maintenance.sweep()["addresses of orders"] == 1
    assert WebhookEndpoint.objects.get().deleted_at is not None
    assert order(api, sink.url).status_code == 202
    assert WebhookEndpoint.objects.filter(deleted_at=None).count() == 1
