"""Refusals of billing, and errors of the ledger."""

from core.errors import Refusal


class InsufficientCredits(Refusal):
    """Fewer credits are available than needed; `available` and `needed` say how many."""

    code = "insufficient_credits"
    status = 402


class InDebt(Refusal):
    """More was refunded or disputed than was left; spending waits until that is paid. `debt` says how much."""

    code = "in_debt"
    status = 402


class TokenCapReached(Refusal):
    """The token has committed all the credits that its cap allows."""

    code = "token_cap_reached"
    status = 402


class SpendingCapReached(Refusal):
    """A cap of the workspace, the member or the token leaves fewer credits than needed in its period."""

    code = "spending_cap_reached"
    status = 402


class SpendingLocked(Refusal):
    """The workspace's own people locked its spending."""

    code = "spending_locked"
    status = 403


class CapRefused(Refusal):
    """A cap can't be set to that."""

    code = "invalid_cap"


class ClientRefused(Refusal):
    """A client can't be made or changed like that."""

    code = "client_refused"
    status = 409


class NotOfThisPartner(Refusal):
    """The two workspaces are not a partner and its client."""

    code = "not_found"
    status = 404


class WorkspaceSuspended(Refusal):
    """Operators stopped this workspace's spending."""

    code = "workspace_suspended"
    status = 403


class LedgerError(Exception):
    """The call makes no sense to the ledger: a bug in the program; nothing moved."""


class LedgerConflict(LedgerError):  # noqa: N818 -- the base class says it
    """The natural key was used before with other content."""


class UnknownReference(LedgerError):  # noqa: N818 -- the base class says it
    """There is no such hold or reversal."""


class HoldExhausted(LedgerError):  # noqa: N818 -- the base class says it
    """The hold has fewer credits left than asked for; it may have ended."""


class PaymentsUnavailable(Refusal):
    """Stripe can't be reached or is failing."""

    code = "payments_unavailable"
    status = 503


class OnlyInTestWorld(Refusal):
    """The live world gives no credits to whoever asks."""

    code = "test_world_only"
    status = 403


class UnknownPack(Refusal):
    """No such pack is on offer to this workspace."""

    code = "unknown_pack"
    status = 404


class QuantityRefused(Refusal):
    """The number of packs is out of range."""

    code = "invalid_quantity"


class TooManyCheckouts(Refusal):
    """Too many purchases were begun and not paid: somebody may be testing cards."""

    code = "too_many_checkouts"
    status = 429


class CheckoutPaused(Refusal):
    """Several cards were declined: this workspace may buy again later, or once an operator has looked."""

    code = "checkout_paused"
    status = 429


class RefundRefused(Refusal):
    """The money can't be refunded like that."""

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
    """The tier can't be assigned like that."""

    code = "tier_refused"
    status = 409


class TopUpRefused(Refusal):
    """Auto top-up can't be set like that."""

    code = "top_up_refused"
    status = 409
