"""Workspaces whose places are all taken don't keep the sweep from those that may run more."""

from collections.abc import Callable

from accounts.models import Workspace
from billing import ledger
from billing.models import PricingTier
from generation.maintenance import recovery
from generation.models import Image
from generation.orders.order import Order
from generation.orders.submit import submit


def test_every_waiting_workspace_has_its_turn(
    funded: Workspace, order: Callable[..., Order], other_workspace: Workspace
):
    """Of two, the first always has its places taken; the second could run, and one is looked at each time."""
    PricingTier.objects.update(images_in_flight=1)
    full, free = sorted((funded, other_workspace), key=lambda one: one.pk)
    for one in (full, free):
        ledger.grant(one, 10, key=f"g:{one.pk}", reference="test")
        submit(one, order(n=2), source="api")
    Image.objects.filter(workspace=free, dispatched_at__isnull=False).update(dispatched_at=None)
    for _ in range(40):
        recovery.dispatch_waiting(1)
    assert Image.objects.filter(workspace=free, dispatched_at__isnull=False).count() == 1


def test_a_paused_batch_is_nobody_who_waits(
    funded: Workspace, order: Callable[..., Order], other_workspace: Workspace
):
    """However many of them there are."""
    PricingTier.objects.update(images_in_flight=1)
    paused, free = sorted((funded, other_workspace), key=lambda one: one.pk)
    for one in (paused, free):
        ledger.grant(one, 10, key=f"g:{one.pk}", reference="test")
        submit(one, order(n=2), source="api")
    Image.objects.update(dispatched_at=None)
    Image.objects.filter(workspace=paused).update(turn=None)
    assert recovery.dispatch_waiting(1) == 1
    assert Image.objects.get(dispatched_at__isnull=False).workspace == free
