"""Events on their way: signed, tried again, given up, sent again, and never lost."""

import asyncio
import threading
import time
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Workspace
from api import maintenance
from api.models import (
    DeliveryTry,
    EventStream,
    EventType,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from api.webhooks import claiming, endpoints, failing, letters, outcomes, sending
from api.webhooks.publishing import AT_ONCE, ENDS_AFTER, publish
from generation.models import Generation
from tests.support import letters as delivered_mail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalog")]
ENDPOINTS = "/api/v1/webhook-endpoints"


def happen(workspace, times=1, **more):
    """Something that an endpoint is told of."""
    with transaction.atomic():
        publish(workspace.pk, EventType.BALANCE_LOW, [workspace.pk] * times, facts={"available": 3}, **more)


def make_due():
    """Let the next tries be due now."""
    WebhookDelivery.objects.exclude(next_at=None).update(next_at=Now() - timedelta(minutes=1))


def test_nothing_is_noted_before_a_workspace_has_its_first_endpoint(workspace, api, sink):
    happen(workspace)
    assert not WebhookEvent.objects.exists()
    assert not EventStream.objects.exists()


def test_an_event_is_delivered_signed_and_listed(api, endpoint, sink, work, workspace):
    happen(workspace)
    work()
    (told,) = sink.verified(endpoint["secret"])
    assert told["type"] == "balance.low"
    assert told["sequence"] == 1
    assert told["data"] == {"id": workspace.public_id, "available": 3}
    assert told["id"] == sink.ids()[0]
    (listed,) = api.get("/api/v1/events").json()["data"]
    assert listed == told
    (delivery,) = api.get(f"{ENDPOINTS}/{endpoint['id']}/deliveries").json()["data"]
    assert (delivery["status"], delivery["event"], delivery["type"]) == (
        "delivered",
        told["id"],
        told["type"],
    )
    (attempt,) = delivery["attempts"]
    assert attempt["status_code"] == 204
    assert attempt["error"] == ""


def test_a_sink_that_is_down_for_three_tries_is_told_once_under_the_same_id(
    api, endpoint, sink, work, workspace
):
    sink.answers = [500, 503, 302]
    sink.location = f"{sink.url}/elsewhere"
    happen(workspace)
    for _ in range(4):
        work()
        make_due()
    assert len(set(sink.ids())) == 1
    assert len(sink.verified(endpoint["secret"])) == 4
    (delivery,) = api.get(f"{ENDPOINTS}/{endpoint['id']}/deliveries").json()["data"]
    assert delivery["status"] == "delivered"
    assert [one["status_code"] for one in delivery["attempts"]] == [500, 503, 302, 204]
    assert DeliveryTry.objects.first().answer == "come back"
    work()
    assert len(sink.received) == 4


def test_it_is_given_up_after_eight_tries_in_28_hours(endpoint, sink, work, workspace):
    sink.answers = [500] * 20
    happen(workspace)
    waited = timedelta()
    for number in range(1, 9):
        work()
        delivery = WebhookDelivery.objects.get()
        assert delivery.tries == number
        if delivery.next_at:
            waited += delivery.next_at - delivery.attempts.last().began_at
        make_due()
    assert delivery.status == "failed"
    assert timedelta(hours=25) < waited < timedelta(hours=31)
    work()
    assert len(sink.received) == 8


def test_what_was_given_up_can_be_sent_again(api, endpoint, sink, work, workspace):
    sink.answers = [500] * 8
    happen(workspace)
    for _ in range(8):
        work()
        make_due()
    row = WebhookDelivery.objects.get()
    assert row.status == "failed"
    again = api.post(f"{ENDPOINTS}/{endpoint['id']}/deliveries/{row.public_id}/redeliver")
    assert again.status_code == 202
    assert again.json()["status"] == "pending"
    work()
    row.refresh_from_db()
    # Sending it again is a number of its own: whoever was at it before notes nothing any more.
    assert (row.status, row.tries) == ("delivered", 10)
    assert len(set(sink.ids())) == 1


def test_a_test_goes_to_one_endpoint_whatever_it_asked_for(api, endpoint, sink, make_sink, work):
    other = make_sink()
    quiet = api.post(ENDPOINTS, {"url": other.url, "events": ["batch.finished"]}).json()
    assert api.post(f"{ENDPOINTS}/{quiet['id']}/test").status_code == 202
    work()
    assert sink.received == []
    assert other.verified(quiet["secret"])[0]["type"] == "endpoint.test"
    api.patch(f"{ENDPOINTS}/{quiet['id']}", {"status": "disabled"})
    assert api.post(f"{ENDPOINTS}/{quiet['id']}/test").status_code == 409


def test_both_secrets_sign_for_a_day(api, endpoint, sink, work, workspace):
    newer = api.post(f"{ENDPOINTS}/{endpoint['id']}/rotate-secret").json()["secret"]
    happen(workspace)
    work()
    assert sink.verified(endpoint["secret"]) == sink.verified(newer) != []


def test_endpoints_are_told_of_their_own_mode_and_events_alone(
    api, endpoint, sink, work, workspace, make_sink
):
    other = make_sink()
    api.post(ENDPOINTS, {"url": other.url, "events": ["purchase.paid"]})
    happen(workspace, is_test=True)
    work()
    assert sink.received == other.received == []
    happen(workspace)
    work()
    assert len(sink.received) == 1
    assert other.received == []


def test_what_is_rolled_back_is_told_to_nobody(endpoint, sink, work, workspace):
    with transaction.atomic():
        happen(workspace)
        transaction.set_rollback(True)
    work()
    assert sink.received == []
    assert EventStream.objects.get().last == 0


def test_an_endpoint_that_is_gone_is_switched_off_at_once(endpoint, sink, work, workspace):
    sink.answers = [410, 410]
    happen(workspace)
    happen(workspace)
    work()
    row = WebhookEndpoint.objects.get()
    assert (row.status, row.disabled_reason) == ("disabled", "gone")
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"failed"}
    assert delivered_mail.deliver() == 1
    (told,) = mail.outbox
    assert "answered 410 Gone" in told.body
    assert "/hooks" not in told.body.split("/developers")[0]


def test_what_happened_while_it_was_being_switched_off_waits_for_nobody(endpoint, sink, work, workspace):
    happen(workspace)
    WebhookEndpoint.objects.update(status="disabled", disabled_reason="by_hand")
    work()
    assert sink.received == []
    assert WebhookDelivery.objects.get().status == "failed"


def test_an_event_that_cannot_be_told_stands_in_nobodys_way(endpoint, sink, work, workspace):
    happen(workspace)
    WebhookEvent.objects.update(type="of.a.later.version")
    happen(workspace)
    work()
    assert len(sink.received) == 1
    assert WebhookEndpoint.objects.get().failing_since is None
    broken = DeliveryTry.objects.filter(delivery__event__type="of.a.later.version").first()
    assert "could not write down" in broken.error
    assert broken.delivery.next_at is not None


def test_one_workspace_never_takes_all_threads(endpoint, sink, work, workspace, monkeypatch):
    monkeypatch.setattr(sending, "PRESENT", 0)
    happen(workspace)
    work()
    assert sink.received == []
    assert WebhookDelivery.objects.get().tries == 0
    monkeypatch.undo()
    make_due()
    work()
    assert len(sink.received) == 1
    assert not sending._present


def test_a_worker_that_died_leaves_a_lease_and_the_same_id_is_sent_again(endpoint, sink, work, workspace):
    happen(workspace)
    row = WebhookDelivery.objects.get()
    (dead,) = claiming.claim(row.endpoint_id)
    work()
    assert sink.received == []
    WebhookDelivery.objects.update(leased_until=Now() - timedelta(seconds=1))
    make_due()
    work()
    assert sink.ids() == [row.event.public_id]
    # The dead one was only slow: its note changes nothing.
    outcomes.note(row.endpoint_id, [(dead, outcomes.Outcome(dead.claimed_at, status=500))])
    row.refresh_from_db()
    assert (row.status, row.tries) == ("delivered", 2)


def test_one_endpoint_that_hangs_delays_none_of_the_others(workspace, api, make_sink, work):
    sinks = [make_sink() for _ in range(20)]
    for one in sinks:
        endpoints.register(workspace, one.url, ["*"], is_test=False)
    sinks[0].goes_on.clear()
    happen(workspace, times=6)
    worker = threading.Thread(target=work)
    began = time.monotonic()
    worker.start()
    while any(len(one.received) < 6 for one in sinks[1:]) or len(sinks[0].received) < AT_ONCE:
        assert time.monotonic() - began < 25, [len(one.received) for one in sinks]
        time.sleep(0.02)
    # As many as may be under way to one endpoint, and no more: the rest waits behind them, or nobody has claimed it.
    slow = WebhookDelivery.objects.filter(endpoint__url=sinks[0].url)
    assert slow.exclude(leased_until=None).values("leased_until").distinct().count() == AT_ONCE
    assert claiming.claim(slow.first().endpoint_id) == []
    assert len(sinks[0].received) == AT_ONCE
    sinks[0].goes_on.set()
    worker.join(30)
    assert len(sinks[0].received) == 6


def test_what_waits_behind_a_failure_ends_by_its_own_28_hours(endpoint, sink, work, workspace):
    sink.answers = [500] * 50
    happen(workspace, times=40)
    work()
    assert len(sink.received) <= AT_ONCE
    waiting = WebhookDelivery.objects.filter(tries=0)
    assert waiting.count() == 40 - len(sink.received)
    assert waiting.first().ends_at - waiting.first().event.created_at < ENDS_AFTER + timedelta(minutes=1)
    # One that probes whether it answers again, and all that has waited for too long is over, tried or not.
    WebhookDelivery.objects.filter(next_at__isnull=False).update(ends_at=Now() - timedelta(seconds=1))
    make_due()
    work()
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"failed"}


def test_what_was_claimed_and_not_sent_is_no_try(endpoint, sink, work, workspace):
    sink.answers = [500]
    happen(workspace, times=8)
    (row,) = WebhookEndpoint.objects.all()
    claimed = claiming.claim(row.pk)
    assert len(claimed) == 2, "as many requests may be under way as share what is due"
    made = sending.send_all(claimed)
    assert len(made) == 1
    sending._note(row.pk, claimed, made)
    left = WebhookDelivery.objects.get(pk=claimed[1].delivery)
    assert (left.tries, left.leased_until) == (0, None)
    # While it fails, one is tried at a time.
    assert len(claiming.claim(row.pk)) == 1
    assert claiming.claim(row.pk) == []


def test_a_missing_key_is_complained_of_once_an_hour(endpoint, workspace, settings, caplog, monkeypatch):
    happen(workspace)
    (row,) = WebhookEndpoint.objects.all()
    settings.ENCRYPTION_KEYS = ("another",)
    for _ in range(3):
        assert claiming.claim(row.pk) == []
    assert caplog.text.count("its deliveries wait") == 1
    monkeypatch.setattr(claiming, "COMPLAINS_EVERY", 0)
    assert claiming.claim(row.pk) == []
    assert caplog.text.count("its deliveries wait") == 2
    assert WebhookDelivery.objects.get().tries == 0


def test_owners_are_told_after_a_day_and_it_is_switched_off_after_five(endpoint, sink, work, workspace):
    sink.answers = [500] * 9
    happen(workspace)
    work()
    row = WebhookEndpoint.objects.get()
    assert row.failing_since is not None
    assert failing.follow() == {"told": 0, "disabled": 0}
    WebhookEndpoint.objects.update(failing_since=Now() - timedelta(hours=25))
    assert failing.follow() == {"told": 1, "disabled": 0}
    assert failing.follow() == {"told": 0, "disabled": 0}
    WebhookEndpoint.objects.update(
        failing_since=Now() - timedelta(days=5, minutes=1), warned_at=Now() - timedelta(days=4)
    )
    assert failing.follow() == {"told": 0, "disabled": 1}
    row.refresh_from_db()
    assert (row.status, row.disabled_reason) == ("disabled", "failing")
    for kind, write in letters.WRITERS.items():
        letter = write(str(row.pk))
        assert (letter is None) == (kind == letters.WARNING)
    assert mail.outbox == []


def test_an_answer_ends_the_failure(endpoint, sink, work, workspace):
    sink.answers = [500]
    happen(workspace)
    work()
    make_due()
    work()
    assert WebhookEndpoint.objects.get().failing_since is None


def test_events_are_caught_up_with_in_the_order_of_their_numbers(
    api, endpoint, workspace, program, other_workspace, charlie
):
    for _ in range(5):
        happen(workspace)
    seen, after = [], ""
    while page := api.get("/api/v1/events", {"limit": 2, "after": after} if after else {"limit": 2}).json()[
        "data"
    ]:
        seen += [one["sequence"] for one in page]
        after = page[-1]["id"]
    assert seen == [1, 2, 3, 4, 5]
    first = api.get("/api/v1/events", {"limit": 3}).json()
    assert first["has_more"]
    rest = api.get("/api/v1/events", {"cursor": first["next_cursor"]}).json()
    assert [one["sequence"] for one in rest["data"]] == [4, 5]
    assert api.get("/api/v1/events", {"type": "batch.finished"}).json()["data"] == []
    assert api.get("/api/v1/events", {"after": "evt_nonsense"}).status_code == 400
    stranger = program(other_workspace, charlie)
    assert stranger.get("/api/v1/events").json()["data"] == []
    assert stranger.get("/api/v1/events", {"after": after}).status_code == 400


def test_a_month_old_is_forgotten_with_its_deliveries(endpoint, sink, work, workspace):
    happen(workspace)
    work()
    WebhookEvent.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert maintenance.sweep()["webhook events"] == 1
    assert not DeliveryTry.objects.exists()
    assert EventStream.objects.get().last == 1


def test_a_generation_is_told_as_the_api_shows_it(live, api, endpoint, sink, workspace, fund, eventually):
    fund(workspace, 5)
    made = api.post("/api/v1/generations", {"prompt": "a bell", "n": 2}).json()
    eventually(lambda: Generation.objects.get().is_finished)
    row = WebhookEndpoint.objects.get()
    asyncio.run(sending.work_off(row.workspace_id, row.pk))
    (told,) = sink.verified(endpoint["secret"])
    assert told["type"] == "generation.succeeded"
    shown = api.get(f"/api/v1/generations/{made['id']}").json()
    links = {"url", "thumbnail_url"}
    for one in (told["data"], shown):
        for image in one["images"]:
            assert all(image.pop(name) for name in links)
    assert told["data"] == shown
    gone = shown["images"][0]["id"]
    assert api.delete(f"/api/v1/images/{gone}").status_code == 204
    asyncio.run(sending.work_off(row.workspace_id, row.pk))
    assert sink.verified(endpoint["secret"])[1]["data"] == {"id": gone}


def test_strangers_see_no_endpoint(api, endpoint, foreign_api):
    for method, path in (
        ("get", ""), ("patch", ""), ("delete", ""), ("post", "/test"), ("post", "/rotate-secret"), ("get", "/deliveries"),
    ):  # fmt: skip
        assert getattr(foreign_api, method)(f"{ENDPOINTS}/{endpoint['id']}{path}").status_code == 404
    assert Workspace.objects.count() == 2
