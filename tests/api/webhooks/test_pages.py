"""The pages of webhooks, as an admin uses them."""

import pytest
from django.db import transaction

from api.models import DeliveryTry, EventType, WebhookDelivery, WebhookEndpoint
from api.webhooks import endpoints
from api.webhooks.publishing import publish

pytestmark = pytest.mark.django_db
PAGES = "/developers/webhooks"
URL = "http://127.0.0.1:9/hooks"


@pytest.fixture
def admin(alice, client_for):
    return client_for(alice, proven=True)


@pytest.fixture
def endpoint(workspace, alice):
    made, _ = endpoints.register(workspace, URL, ["*"], is_test=False, by=alice)
    return made


def page(response):
    return response.content.decode()


def test_a_new_endpoint_shows_its_secret_this_once(admin):
    assert "No endpoints yet" in page(admin.get(PAGES))
    made = admin.post(f"{PAGES}/new", {"url": URL, "types": ["*"], "description": "Shop"})
    row = WebhookEndpoint.objects.get()
    (secret,) = endpoints.secrets_of(row)
    assert secret in page(made)
    assert made["Cache-Control"].startswith("max-age=0") or "no-store" in made["Cache-Control"]
    shown = page(admin.get(f"{PAGES}/{row.public_id}"))
    assert secret not in shown
    assert "Nothing sent yet" in shown
    assert row.public_id in page(admin.get(PAGES))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [({"url": "ftp://example.com/"}, "Webhooks need an address"), ({"types": []}, "Choose at least one.")],
)
def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(admin, said, sentence):
    refused = admin.post(f"{PAGES}/new", {"url": URL, "types": ["*"], "description": "Shop"} | said)
    assert refused.status_code == 422
    assert sentence in page(refused)
    assert 'value="Shop"' in page(refused)
    assert not WebhookEndpoint.objects.exists()


def test_it_is_changed_switched_tested_and_deleted(admin, endpoint):
    here = f"{PAGES}/{endpoint.public_id}"
    assert admin.post(f"{here}/save", {"url": f"{URL}/new", "types": ["batch.finished"]}).status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.types) == (f"{URL}/new", ["batch.finished"])
    sent = admin.post(f"{here}/test")
    delivery = WebhookDelivery.objects.get()
    assert sent["Location"] == f"{here}?delivery={delivery.public_id}#record"
    assert admin.post(f"{here}/switch").status_code == 302
    endpoint.refresh_from_db()
    assert not endpoint.is_enabled
    assert "Given up" in page(admin.get(here))
    assert admin.post(f"{here}/switch").status_code == 302
    assert admin.post(f"{here}/deliveries/{delivery.public_id}/again").status_code == 302
    delivery.refresh_from_db()
    assert delivery.status == "pending"
    assert "whsec_" in page(admin.post(f"{here}/rotate"))
    assert admin.post(f"{here}/delete").status_code == 302
    assert admin.get(here).status_code == 404


def test_a_delivery_opens_with_its_tries_and_what_was_sent_and_answered(admin, endpoint, workspace):
    with transaction.atomic():
        publish(workspace.pk, EventType.BALANCE_LOW, [workspace.pk])
    delivery = WebhookDelivery.objects.get()
    DeliveryTry.objects.create(
        delivery=delivery,
        number=1,
        began_at=delivery.event.created_at,
        duration_ms=31,
        status_code=503,
        sent='{"type": "<script>"}',
        answer="<b>deploying</b>",
    )
    shown = page(admin.get(f"{PAGES}/{endpoint.public_id}?delivery={delivery.public_id}"))
    assert "503" in shown
    assert "&lt;script&gt;" in shown
    assert "&lt;b&gt;deploying" in shown
    assert delivery.event.public_id in shown


def test_a_long_log_takes_no_more_queries(admin, endpoint, workspace, django_assert_max_num_queries):
    here = f"{PAGES}/{endpoint.public_id}"
    admin.get(here)
    with django_assert_max_num_queries(40) as first:
        admin.get(here)
    with transaction.atomic():
        publish(workspace.pk, EventType.BALANCE_LOW, [workspace.pk] * 60)
    with django_assert_max_num_queries(len(first) + 1):
        listed = page(admin.get(here))
    assert "Older deliveries" in listed
