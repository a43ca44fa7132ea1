"""What billing refuses, and what must never happen to the ledger."""

from accounts.errors import Refusal


class InsufficientCredits(Refusal):
    """There are fewer credits than needed. `extra` has `available` and `needed`."""

    code = "insufficient_credits"
    status = 402


class InDebt(Refusal):
    """More was refunded or disputed than was left; spending waits until that is paid. `extra` has `debt`."""

    code = "in_debt"
    status = 402


class TokenCapReached(Refusal):
    """The token has committed all the credits that it may."""

    code = "token_cap_reached"
    status = 402


class WorkspaceSuspended(Refusal):
    """Operators stopped this workspace's spending."""

    code = "workspace_suspended"
    status = 403


class LedgerError(Exception):
    """A call that makes no sense to the ledger: a fault of the program, nothing moved."""


class LedgerConflict(LedgerError):  # noqa: N818 -- the base class says it
    """A natural key was used before, with other content."""


class UnknownReference(LedgerError):  # noqa: N818 -- the base class says it
    """There is no such hold, or no such reversal."""


class HoldExhausted(LedgerError):  # noqa: N818 -- the base class says it
    """The hold has fewer credits left than asked for; it may have ended."""


class PaymentsUnavailable(Refusal):
    """Stripe can't be reached or is failing."""

    code = "payments_unavailable"
    status = 503


class UnknownPack(Refusal):
    """No such pack is on offer for this workspace."""

    code = "unknown_pack"
    status = 404


class QuantityRefused(Refusal):
    """Not so many packs at once."""

    code = "invalid_quantity"


class TooManyCheckouts(Refusal):
    """Too many purchases were begun and not paid: somebody may be trying out cards."""

    code = "too_many_checkouts"
    status = 429


class CheckoutPaused(Refusal):
    """Several cards were declined: this workspace may buy again later, or once an operator has looked."""

    code = "checkout_paused"
    status = 429


class RefundRefused(Refusal):
    """The money can't be given back like that."""

    code = "refund_refused"
    status = 409


class NeedsSecondOperator(RefundRefused):
    """One operator alone may not refund so much; another one has to agree."""

    code = "needs_second_operator"


class AdjustmentRefused(Refusal):
    """Credits can't be given or taken away like that."""

    code = "adjustment_refused"
    status = 409


class EvidenceRefused(Refusal):
    """No evidence can be sent for this dispute."""

    code = "evidence_refused"
    status = 409


class TierRefused(Refusal):
    """A tier can't be assigned like that."""

    code = "tier_refused"
    status = 409


class TopUpRefused(Refusal):
    """Auto top-up can't be set like that."""

    code = "top_up_refused"
    status = 409
