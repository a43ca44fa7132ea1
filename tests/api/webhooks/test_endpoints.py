"""Endpoints over the API: their addresses, secrets, events, and what others see of them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import AuditEvent
from api.models import IdempotencyKey, WebhookEndpoint
from api.webhooks import endpoints
from core import encryption

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalog")]
ENDPOINTS = "/api/v1/webhook-endpoints"
URL = "http://127.0.0.1:9/hooks"


def make(api, **said):
    return api.post(ENDPOINTS, {"url": URL, "events": ["generation.succeeded"], **said})


def test_an_endpoint_is_made_shown_changed_and_deleted(api, workspace):
    made = make(api, description="Shop")
    assert made.status_code == 201
    body = made.json()
    assert body["secret"].startswith("whsec_")
    assert body["id"].startswith("whe_")
    assert body["status"] == "enabled"
    assert body["is_test"] is False
    shown = api.get(f"{ENDPOINTS}/{body['id']}").json()
    assert shown == {name: value for name, value in body.items() if name != "secret"}
    assert api.get(ENDPOINTS).json()["data"] == [shown]
    changed = api.patch(
        f"{ENDPOINTS}/{body['id']}", {"events": ["*", "batch.finished"], "status": "disabled"}
    ).json()
    assert changed["events"] == ["*"]
    assert (changed["status"], changed["disabled_reason"]) == ("disabled", "by_hand")
    assert changed["description"] == "Shop"
    assert api.patch(f"{ENDPOINTS}/{body['id']}", {"status": "enabled"}).json()["disabled_reason"] == ""
    assert api.delete(f"{ENDPOINTS}/{body['id']}").status_code == 204
    assert api.get(f"{ENDPOINTS}/{body['id']}").status_code == 404
    actions = AuditEvent.objects.filter(workspace=workspace).order_by("pk").values_list("action", flat=True)
    assert [one for one in actions if one.startswith("webhook")] == [
        "webhook_endpoint.created",
        "webhook_endpoint.changed",
        "webhook_endpoint.changed",
        "webhook_endpoint.deleted",
    ]


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"events": []}, "events"),
        ({"events": ["generation.done"]}, "events.0"),
        ({"events": ["endpoint.test"]}, "events.0"),
        ({"url": "ftp://example.com/"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://user@example.com/"}, "url"),
        ({"secret": "whsec_mine"}, "secret"),
    ],
)
def test_what_makes_no_endpoint_is_refused_by_name(api, problem, said, param):
    refused = problem(make(api, **said))
    assert refused["status"] == 400
    assert (refused.get("param") or refused["errors"][0]["param"]) == param
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://127.0.0.1/", "https://10.0.0.1/", "https://example.com:22/"]
)
def test_only_public_hosts_are_endpoints_where_others_are_served(api, problem, settings, url):
    settings.PRIVATE_ENDPOINTS = False
    assert problem(make(api, url=url))["code"] == "endpoint_refused"


def test_a_repetition_is_answered_with_the_same_secret_which_nothing_keeps_in_the_clear(api):
    keyed = {"HTTP_IDEMPOTENCY_KEY": "endpoint-1"}
    body = {"url": URL, "events": ["*"]}
    first, second = (api.post(ENDPOINTS, body, **keyed) for _ in range(2))
    assert second["Idempotent-Replayed"] == "true"
    assert first.json() == second.json()
    secret = first.json()["secret"]
    assert secret not in str(IdempotencyKey.objects.get().body)
    row = WebhookEndpoint.objects.get()
    assert secret.encode() not in bytes(row.secret)
    assert encryption.decrypt(row.secret) == secret
    # The answer was lost with the process that made it: the second try finds the endpoint that the first one made.
    IdempotencyKey.objects.update(status=None, body=None, locked_until=timezone.now() - timedelta(seconds=1))
    assert api.post(ENDPOINTS, body, **keyed).json() == first.json()
    assert WebhookEndpoint.objects.count() == 1


def test_a_new_secret_signs_beside_the_former_one_for_a_day(api):
    made = make(api).json()
    turned = api.post(f"{ENDPOINTS}/{made['id']}/rotate-secret").json()
    row = WebhookEndpoint.objects.get()
    assert endpoints.secrets_of(row) == [turned["secret"], made["secret"]]
    row.former_until = timezone.now() - timedelta(seconds=1)
    assert endpoints.secrets_of(row) == [turned["secret"]]


def test_each_mode_has_endpoints_of_its_own(api, program, workspace, alice):
    test = program(workspace, alice, is_test=True)
    live, tested = make(api).json(), make(test).json()
    assert tested["is_test"] is True
    assert [one["id"] for one in test.get(ENDPOINTS).json()["data"]] == [tested["id"]]
    assert test.get(f"{ENDPOINTS}/{live['id']}").status_code == 404
    assert api.delete(f"{ENDPOINTS}/{tested['id']}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_there_are_no_more_than_twenty_however_many_ask_at_once(workspace):
    for number in range(endpoints.MOST - 1):
        endpoints.register(workspace, f"{URL}/{number}", ["*"], is_test=False)

    def one_more(number):
        try:
            return endpoints.register(workspace, f"{URL}/more/{number}", ["*"], is_test=False)
        except endpoints.TooManyEndpoints:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(one_more, range(4)))
    assert len([one for one in made if one]) == 1
