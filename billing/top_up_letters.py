"""What the customer reads where auto top-up has stopped by itself."""

import uuid

from django.conf import settings

from billing import letters
from billing.letters import Letter
from billing.models import AutoTopUp, Purchase
from billing.money import money

DECLINED = "the card was declined"
NEEDS_PAYER = "the bank wants you to confirm the payment"


def tell_of_pause(purchase_id: uuid.UUID) -> None:
    """Write to the customer that a purchase was declined and no other is tried; nothing, if that is over meanwhile.

    Raises:
        OSError: the mail server does not take it; to be tried again.
    """
    purchase = Purchase.objects.select_related("workspace").get(pk=purchase_id)
    row = (
        AutoTopUp.objects.filter(pk=purchase.workspace_id)
        .exclude(paused_at=None)
        .select_related("consented_by")
        .first()
    )
    if row is None:
        return
    needs_payer = row.paused_because == NEEDS_PAYER.capitalize()
    why = NEEDS_PAYER if needs_payer else DECLINED
    letters.send(
        Letter(
            subject=f"Auto top-up is paused: {why}",
            heading="Auto top-up is paused",
            lead=f"{purchase.workspace} ran below {row.threshold:,} credits, but {why}. Nothing was charged.",
            lines=[
                (
                    f"{purchase.pack_name}, {purchase.credits:,} credits",
                    money(purchase.amount, purchase.currency),
                )
            ],
            label="Buy and confirm now" if needs_payer else "Change the card",
            href=f"{settings.BASE_URL}/billing?pack={purchase.pack_slug}",
            note="Auto top-up goes on when you switch it on again, or save another card.",
        ),
        letters.payers(purchase.workspace, row.consented_by),
    )
