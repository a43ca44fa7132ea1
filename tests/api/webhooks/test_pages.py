"""The pages of webhooks, as an admin uses them."""

import pytest
from django.db import transaction

from accounts.worlds import worlds
from api.models import DeliveryTry, EventType, WebhookDelivery, WebhookEndpoint
from api.webhooks import endpoints, orders, secrets
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


def test_the_list_says_what_became_of_a_day(admin, endpoint, workspace, django_assert_max_num_queries):
    assert "Nothing" in page(admin.get(PAGES))
    with transaction.atomic():
        publish(workspace.pk, EventType.BALANCE_LOW, [workspace.pk] * 9)
    keys = list(WebhookDelivery.objects.values_list("pk", flat=True))
    ended = WebhookDelivery.objects.filter(pk__in=keys[:7])
    ended.update(status="delivered", next_at=None)
    WebhookDelivery.objects.filter(pk=keys[0]).update(status="failed")
    shown = page(admin.get(PAGES))
    for words in ("6 delivered", "2 waiting", "1 given up"):
        assert words in shown
    with django_assert_max_num_queries(40) as few:
        admin.get(PAGES)
    for number in range(5):
        endpoints.register(workspace, f"{URL}/{number}", ["*"], is_test=False)
    with django_assert_max_num_queries(len(few)):
        admin.get(PAGES)


def test_the_secret_of_orders_is_shown_once_for_each_mode(admin, workspace):
    shown = page(admin.post(f"{PAGES}/secret"))
    (live,) = secrets.of_workspace(workspace.pk, is_test=False)
    assert live in shown
    assert live not in page(admin.get(PAGES))
    test = page(admin.post(f"{PAGES}/secret", {"is_test": "on"}))
    world = worlds.for_workspace(workspace)
    assert secrets.of_workspace(world.pk, is_test=True)[0] in test
    assert live not in test


def test_a_host_of_orders_has_a_log_and_no_settings(admin, workspace):
    orders.look_up(workspace, f"{URL}?order=1", is_test=False)
    host = WebhookEndpoint.objects.get()
    assert "http://127.0.0.1:9/" in page(admin.get(PAGES))
    shown = page(admin.get(f"{PAGES}/{host.public_id}"))
    assert "Named by orders in webhook_url" in shown
    assert "Address and events" not in shown
    assert "Send a test" not in shown
    refused = admin.post(f"{PAGES}/{host.public_id}/save", {"url": URL, "types": ["*"]}, follow=True)
    assert "addresses are theirs" in page(refused)
    assert admin.post(f"{PAGES}/{host.public_id}/rotate").status_code == 302
    assert admin.post(f"{PAGES}/{host.public_id}/test").status_code == 302
    assert not WebhookDelivery.objects.exists()
