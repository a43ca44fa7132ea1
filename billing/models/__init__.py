"""Billing's nouns.

The ledger's tables are registered here but not handed on: read them through `billing.balance` and
`billing.statement`, move credits through `billing.ledger`.
"""

from billing.models import ledger as _ledger  # noqa: F401 -- Django finds the tables by this import
from billing.models.customer import Customer
from billing.models.dispute import Dispute, DisputeStatus
from billing.models.pack import CreditPack
from billing.models.purchase import Purchase, PurchaseStatus
from billing.models.refund import Refund, RefundStatus
from billing.models.tier import PackOffer, PricingTier, TierAssignment

__all__ = [
    "CreditPack",
    "Customer",
    "Dispute",
    "DisputeStatus",
    "PackOffer",
    "PricingTier",
    "Purchase",
    "PurchaseStatus",
    "Refund",
    "RefundStatus",
    "TierAssignment",
]
