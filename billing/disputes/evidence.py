"""Evidence about a disputed purchase: the buyer, when and from where, and what its credits were used for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import batched

from accounts.models import User
from accounts.sessions import sign_in_history
from accounts.sessions.sign_in_history import HistoryEntry
from billing.disputes import deliveries
from billing.disputes.deliveries import DeliveredItem
from billing.ledger import consumption
from billing.ledger.consumption import Consumption
from billing.models import Dispute, Purchase
from billing.refunds import plan
from core.wording import in_words, money

AT_ONCE = 1_000


@dataclass(frozen=True)
class Evidence:
    """Facts about a dispute; long ones are read when they are asked for."""

    dispute: Dispute
    purchase: Purchase

    @property
    def buyer(self) -> User | None:
        """The buyer, if a person."""
        return self.purchase.created_by

    @cached_property
    def uses(self) -> list[Consumption]:
        """Uses of the credits, oldest first."""
        return consumption.for_purchase(self.purchase)

    @cached_property
    def spent(self) -> int:
        """Credits of the purchase that were used up."""
        return sum(use.credits for use in self.uses)

    @cached_property
    def visits(self) -> list[HistoryEntry]:
        """Sign-ins and actions of the buyer."""
        return sign_in_history.for_user(self.buyer) if self.buyer else []

    def described(
        self, some: Sequence[Consumption] | None = None
    ) -> Iterator[tuple[Consumption, DeliveredItem | None]]:
        """Yield uses with what was delivered for them, by one query for each thousand."""
        for group in batched(self.uses if some is None else some, AT_ONCE, strict=False):
            known = deliveries.describers.describe(self.purchase.workspace, [use.reference for use in group])
            for use in group:
                yield use, known.get(use.reference)

    def customer(self) -> list[tuple[str, str]]:
        """Describe the customer as pairs of label and value."""
        workspace, buyer = self.purchase.workspace, self.buyer
        found = [
            (
                "Workspace",
                f"{workspace.name} ({workspace.public_id}), since {workspace.created_at:%Y-%m-%d %H:%M} UTC",
            )
        ]
        if buyer is not None:
            found += [
                ("Customer", f"{buyer.display_name} <{buyer.email}>"),
                ("Signed up", f"{buyer.date_joined:%Y-%m-%d %H:%M} UTC"),
            ]
            if buyer.verified_at:
                found.append(("Mailbox confirmed by code", f"{buyer.verified_at:%Y-%m-%d %H:%M} UTC"))
        return found

    def bought(self) -> list[tuple[str, str]]:
        """Describe the purchase and its receipt as pairs of label and value."""
        row = self.purchase
        found = [
            ("Purchase", f"{row.public_id}: {row.pack_name}, {in_words(row.credits)}"),
            ("Paid", f"{money(row.total, row.currency)}" + (f" with {row.card}" if row.card else "")),
            (
                "Ordered",
                f"{row.created_at:%Y-%m-%d %H:%M:%S} UTC"
                + (" by automatic top-up" if row.is_automatic else ""),
            ),
            ("Paid at", f"{row.paid_at:%Y-%m-%d %H:%M:%S} UTC" if row.paid_at else ""),
            ("IP address of the order", str(row.address or "")),
            ("Payment", row.payment_intent or ""),
            ("Charge", row.charge or self.dispute.charge),
            ("Receipt", row.invoice_number),
            ("Receipt mailed", f"{row.receipt_sent_at:%Y-%m-%d %H:%M} UTC" if row.receipt_sent_at else ""),
            ("Receipt's address", row.invoice_url or row.receipt_url),
        ]
        return [(name, value) for name, value in found if value]

    def used(self) -> list[tuple[str, str]]:
        """Describe the use of the credits as pairs of label and value."""
        found = [
            (
                "Credits used from this purchase",
                f"{in_words(self.spent)} of {in_words(self.purchase.credits)}",
            )
        ]
        if self.uses:
            found += [
                ("Deliveries for them", f"{len(self.uses):,}"),
                (
                    "First and last delivery",
                    f"{self.uses[0].at:%Y-%m-%d %H:%M} and {self.uses[-1].at:%Y-%m-%d %H:%M} UTC",
                ),
            ]
        gone = self.purchase.total - plan.remainder(self.purchase).amount
        if gone:
            found.append(("Refunded so far", money(gone, self.purchase.currency)))
        return found


def gather(dispute: Dispute) -> Evidence | None:
    """Gather the facts of a dispute.

    Returns:
        None if its payment is for no purchase that we know.
    """
    purchase = (
        Purchase.objects.select_related("workspace", "created_by").filter(pk=dispute.purchase_id).first()
        if dispute.purchase_id
        else None
    )
    return Evidence(dispute, purchase) if purchase else None
