"""Models of billing.

The ledger's tables are registered here but not exported: read them through `billing.ledger.balance` and
`billing.ledger.statement`, move credits through `billing.ledger`.
"""

from billing.models import ledger as _ledger  # noqa: F401 -- Django finds the tables by this import
from billing.models.balance_alert import BalanceAlert
from billing.models.cap import Cap, CapKind, CapPeriod
from billing.models.checkout_pause import CheckoutPause
from billing.models.closed_day import ClosedDay, DailyUse, Horizon, WalletAtClose
from billing.models.credit_policy import CreditPolicy
from billing.models.credit_request import CreditRequest
from billing.models.customer import Customer
from billing.models.dispute import Dispute, DisputeStatus
from billing.models.fraud_warning import FraudWarning
from billing.models.operator_request import RequestStatus
from billing.models.pack import CreditPack
from billing.models.payment_page import Decline, PaymentPage
from billing.models.purchase import Purchase, PurchaseStatus
from billing.models.reconciliation import ProvenPoint, ProvenToken, ProvenWallet, Reconciliation
from billing.models.refund import Refund, RefundStatus
from billing.models.refund_policy import RefundPolicy
from billing.models.refund_request import RefundRequest
from billing.models.stripe_key import StripeKey
from billing.models.stripe_trouble import StripeTrouble
from billing.models.tier import PackOffer, PricingTier, TierAssignment
from billing.models.top_up import AutoTopUp, PauseKind
from billing.models.welcome import WelcomeGift

__all__ = [
    "AutoTopUp",
    "BalanceAlert",
    "Cap",
    "CapKind",
    "CapPeriod",
    "CheckoutPause",
    "ClosedDay",
    "CreditPack",
    "CreditPolicy",
    "CreditRequest",
    "Customer",
    "DailyUse",
    "Decline",
    "Dispute",
    "DisputeStatus",
    "FraudWarning",
    "Horizon",
    "PackOffer",
    "PauseKind",
    "PaymentPage",
    "PricingTier",
    "ProvenPoint",
    "ProvenToken",
    "ProvenWallet",
    "Purchase",
    "PurchaseStatus",
    "Reconciliation",
    "Refund",
    "RefundPolicy",
    "RefundRequest",
    "RefundStatus",
    "RequestStatus",
    "StripeKey",
    "StripeTrouble",
    "TierAssignment",
    "WalletAtClose",
    "WelcomeGift",
]
