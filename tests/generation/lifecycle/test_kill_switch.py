"""The kill switch: new work is refused, what waits is released, what is with the provider is delivered."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import AuditEvent, User, Workspace
from billing.ledger.balance import Balance
from generation.catalog import cache as rows
from generation.errors import ModelUnavailable
from generation.lifecycle import claims, stopping
from generation.maintenance import recovery
from generation.models import ImageModel, ImageStatus, Provider, Reason
from generation.orders.order import Order
from generation.orders.submit import submit
from tests.operators.forms import filled

MODEL = "gpt-image-2.5-flare"
type MakeOrder = Callable[..., Order]
type Have = Callable[[], Balance]


def _switch(browser: Any, slug: str, *, is_on: bool) -> Any:
    """Save the provider's page in the operators' admin, with the provider on or off."""
    address = reverse("admin:generation_provider_change", args=[slug])
    form = filled(browser.get(address)) | {"reason": "It is failing"}
    form.pop("is_enabled", None)
    return browser.post(address, form | ({"is_enabled": "on"} if is_on else {}))


def test_what_waits_for_a_model_is_released(funded: Workspace, order: MakeOrder, have: Have):
    generation = submit(funded, order(n=4), source="api")
    other = submit(funded, order(model="gpt-image-2"), source="api")
    running = generation.images.order_by("index").first()
    assert claims.claim(running.pk)
    ImageModel.objects.filter(slug=MODEL).update(is_enabled=False)
    assert stopping.stop_switched_off() == 3
    assert stopping.stop_switched_off() == 0
    assert have() == Balance(available=98, held=2)
    running.refresh_from_db()
    assert running.status == ImageStatus.RUNNING
    assert set(generation.images.exclude(pk=running.pk).values_list("status", "reason")) == {
        ("failed", Reason.PROVIDER_ERROR.value)
    }
    assert other.images.get().status == ImageStatus.WAITING
    with pytest.raises(ModelUnavailable):
        submit(funded, order(), source="api")
    assert have() == Balance(available=98, held=2)


def test_what_waits_for_a_provider_is_released_by_the_sweeper_too(
    funded: Workspace, order: MakeOrder, have: Have
):
    generation = submit(funded, order(n=2), source="api")
    Provider.objects.filter(slug="openai").update(is_enabled=False)
    assert recovery.sweep()["images of what is switched off"] == 2
    generation.refresh_from_db()
    assert generation.status == "failed"
    assert have() == Balance(available=100)


def test_nothing_is_touched_while_everything_is_on(funded: Workspace, order: MakeOrder, have: Have):
    submit(funded, order(), source="api")
    assert stopping.stop_switched_off() == 0
    assert have() == Balance(available=99, held=1)


def test_operators_switch_in_their_admin(
    funded: Workspace,
    operator: User,
    client_for: Callable[..., Any],
    order: MakeOrder,
    have: Have,
    django_capture_on_commit_callbacks: Any,
):
    generation = submit(funded, order(n=2), source="api")
    with django_capture_on_commit_callbacks(execute=True):
        answer = _switch(client_for(operator), "openai", is_on=False)
    assert answer.status_code == 302
    assert not Provider.objects.get(slug="openai").is_enabled
    line = AuditEvent.objects.get(action="provider.switched_off")
    assert (line.target, line.actor, line.detail) == ("openai", operator, {"reason": "It is failing"})
    assert AuditEvent.objects.get(action="provider.changed").detail["changes"] == {
        "is_enabled": [True, False]
    }
    generation.refresh_from_db()
    assert generation.status == "failed"
    assert have() == Balance(available=100)
    with django_capture_on_commit_callbacks(execute=True):
        _switch(client_for(operator), "openai", is_on=True)
    rows.invalidate()
    assert AuditEvent.objects.filter(action="provider.switched_on").count() == 1
    submit(funded, order(), source="api")
