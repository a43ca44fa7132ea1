"""Canceling: what was not sent is not made and not charged; what was, is delivered."""

from collections.abc import Callable

from accounts.models import User, Workspace
from billing.ledger.balance import Balance
from generation.lifecycle import claims
from generation.lifecycle.stopping import cancel
from generation.models import Event, ImageStatus, Reason
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.signals import generation_finished


def test_before_it_is_sent_everything_comes_back(
    funded: Workspace, alice: User, order: Callable[..., Order], have: Callable[[], Balance]
):
    told = []

    def hear(generation, **_):
        told.append(generation.status)

    generation_finished.connect(hear)
    generation = submit(funded, order(n=4), source="studio")
    for _ in range(2):
        assert cancel(generation, alice).status == "canceled"
    assert have() == Balance(available=100)
    assert set(generation.images.values_list("status", "reason")) == {("failed", Reason.CANCELED.value)}
    assert Event.objects.filter(kind="generation.canceled").count() == 1
    assert told == ["canceled"]
    assert claims.claim(generation.images.first().pk) is None


def test_what_is_under_way_stays_under_way(
    funded: Workspace, order: Callable[..., Order], have: Callable[[], Balance]
):
    generation = submit(funded, order(n=2), source="studio")
    first = generation.images.order_by("index").first()
    assert claims.claim(first.pk)
    assert cancel(generation).status == "running"
    first.refresh_from_db()
    assert first.status == ImageStatus.RUNNING
    assert have() == Balance(available=99, held=1)
