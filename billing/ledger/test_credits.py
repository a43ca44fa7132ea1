"""Credits of test worlds: given by the thousand to whoever asks, and worth nothing."""

from typing import Final

from django.db import transaction

from accounts.models import Workspace
from billing import ledger
from billing.errors import OnlyInTestWorld
from billing.ledger import balance
from billing.models.ledger import Kind, Transfer

CREDITS: Final = 1_000
_GRANT: Final = "test:"


def refill(world: Workspace) -> bool:
    """Give a test world 1,000 credits if it has fewer available; return whether it got them.

    The n-th grant has the natural key `test:<workspace>:<n>`, so two calls at once give it once.

    Raises:
        OnlyInTestWorld: it is a live workspace, or a client.
    """
    if not world.is_test or world.parent_id is not None:
        raise OnlyInTestWorld(
            "Only a test world of your own is filled for the asking. Nothing was changed; use a test token, fund your client, or buy credits."
        )
    with transaction.atomic():
        grants = Transfer.objects.filter(workspace=world, kind=Kind.GRANT, reference__startswith=_GRANT)
        last = grants.order_by("-id").values_list("reference", flat=True).first()
        if balance.for_workspace(world).available >= CREDITS:
            return False
        number = int(last.removeprefix(_GRANT)) + 1 if last else 1
        return ledger.grant(
            world,
            CREDITS,
            key=f"{_GRANT}{world.pk}:{number}",
            reference=f"{_GRANT}{number}",
            reason="Test credits",
        )
