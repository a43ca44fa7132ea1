"""Locks are taken in one order everywhere, so that nobody waits for somebody who waits for them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Workspace
from billing import ledger
from billing.ledger.balance import Balance
from generation.batches import drafts, transitions
from generation.batches.parsing import ParsedRow
from generation.lifecycle.dispatch import dispatch
from generation.maintenance import recovery
from generation.models import Generation, Image, ImageStatus, Reason
from generation.orders.order import Order
from generation.orders.submit import submit
from tests.support.locks import begun


@pytest.mark.django_db(transaction=True)
def test_a_wallet_before_its_workspace_where_credits_are_left(
    funded: Workspace, order: Callable[..., Order], have: Callable[[], Balance]
):
    generation = submit(funded, order(n=2), source="api")
    # Its images have ended, and nobody was left to close it.
    Image.objects.update(status=ImageStatus.FAILED, reason=Reason.TIMEOUT)
    Generation.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            ledger.grant(funded, 5, key="grant:other", reference="other")  # has the wallet
            closing = begun(pool, recovery.close_settled)
            dispatch(funded.pk)  # and wants the workspace next
        assert closing.result() == 1
    generation.refresh_from_db()
    assert (generation.status, have()) == ("failed", Balance(available=105))


@pytest.mark.django_db(transaction=True)
def test_a_wallet_before_its_workspace_where_a_batch_is_canceled(
    funded: Workspace, have: Callable[[], Balance]
):
    common = {"model": "gpt-image-2.5-flare", "size": "1:1", "quality": "low"}
    batch = transitions.start(drafts.create(funded, [ParsedRow("a fox"), ParsedRow("a bell")], common=common))
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            ledger.grant(funded, 5, key="grant:other", reference="other")  # has the wallet
            canceling = begun(pool, lambda: transitions.cancel(batch))
            dispatch(funded.pk)  # and wants the workspace next
        assert canceling.result().status == "canceled"
    assert have() == Balance(available=105)
