"""Credits that are set aside while a bank decides about a payment."""

from billing import ledger
from billing.ledger import lots
from billing.models import Dispute, Purchase
from billing.refunds import clawback


def begin(row: Dispute, purchase: Purchase) -> None:
    """Hold what is left of the disputed part of the purchase, unless it is held already."""
    if row.is_frozen:
        return
    disputed = clawback.credits_for(purchase, row.disputed)
    wanted = min(disputed, lots.left_of(purchase.workspace, purchase.pk))
    if wanted <= 0:
        return
    row.freezes += 1
    frozen = ledger.freeze(
        purchase.workspace, wanted, reference=row.hold_reference, reason="The payment is disputed"
    )
    if frozen:
        row.frozen, row.is_frozen = frozen, True
        row.save(update_fields=["freezes", "frozen", "is_frozen"])
    else:
        row.freezes -= 1


def end(row: Dispute, why: str) -> None:
    """Let go of what is held; nothing happens if nothing is."""
    if row.is_frozen:
        ledger.release(row.hold_reference, key=f"{row.hold_reference}:closed", reason=why)
        row.is_frozen = False
        row.save(update_fields=["is_frozen"])


def end_inquiries(purchase: Purchase) -> None:
    """Let go of what inquiries into the payment hold, so that a refund takes this purchase's own credits.

    Call it with the purchase's row locked.
    """
    for row in Dispute.objects.filter(purchase=purchase, is_frozen=True, is_refundable=True):
        end(row, "The payment is refunded during an inquiry")


def freed_by_refund(purchase: Purchase) -> int:
    """Return the credits that inquiries hold and a refund would free first."""
    rows = Dispute.objects.filter(purchase=purchase, is_frozen=True, is_refundable=True)
    return sum(row.frozen for row in rows)


def renew(purchase: Purchase) -> None:
    """Hold what is left of a purchase after a refund, or its failure, during an inquiry that goes on."""
    for row in Dispute.objects.filter(purchase=purchase, is_frozen=False, is_refundable=True):
        if row.is_undecided:
            begin(row, purchase)
