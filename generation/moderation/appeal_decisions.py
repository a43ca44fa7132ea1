"""Operators' decisions about appeals, and their consequences."""

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from billing import ledger
from billing.approvals import credit_adjustments
from generation.errors import AlreadyDecided
from generation.events import publishing
from generation.models import Appeal, AppealDecision, AppealStatus
from generation.moderation import allowlist, appeal_mail

MOST_CREDITS = 1_000
"""Goodwill credits that one decision may grant; more needs an adjustment of the wallet, with its own form."""


def uphold(appeal: Appeal, by: User, *, reason: str) -> AppealDecision:
    """Decide that the block stands.

    Raises:
        AlreadyDecided: somebody was quicker.
    """
    return _decide(appeal, by, AppealDecision(verdict=AppealStatus.UPHELD, reason=reason))


def overturn(
    appeal: Appeal, by: User, *, reason: str, credits: int = 0, allow: bool = False
) -> AppealDecision:
    """Decide that the block was wrong.

    Args:
        appeal: an open one.
        by: the operator.
        reason: as the person reads it.
        credits: goodwill to grant, 0 to `MOST_CREDITS`.
        allow: let the same words pass our own check in this workspace; the maker's check remains.

    Raises:
        AlreadyDecided: somebody was quicker; nothing was granted.
        AdjustmentRefused: one operator alone may not give so much today; nothing was decided.
    """
    assert 0 <= credits <= MOST_CREDITS, credits
    decision = AppealDecision(
        verdict=AppealStatus.OVERTURNED, reason=reason, credits=credits, is_allowed=allow
    )
    return _decide(appeal, by, decision)


def _decide(appeal: Appeal, by: User, decision: AppealDecision) -> AppealDecision:
    """Record a decision with its consequences, audit event and letter, in one transaction."""
    now = timezone.now()
    with transaction.atomic():
        open_ones = Appeal.objects.filter(pk=appeal.pk, status=AppealStatus.OPEN)
        if not open_ones.update(status=decision.verdict, decided_at=now):
            raise AlreadyDecided("Somebody has decided this appeal already. Nothing was changed.")
        decision.appeal, decision.workspace_id, decision.decided_by = appeal, appeal.workspace_id, by
        decision.save(force_insert=True)
        if decision.is_allowed:
            allowlist.add(appeal.generation, by)
        if decision.credits:
            credit_adjustments.use_limit(by, decision.credits)
            ledger.grant(
                appeal.workspace,
                decision.credits,
                key=f"goodwill:appeal:{appeal.pk}",
                reference=f"appeal:{appeal.pk}",
                reason="Goodwill after an appeal",
                actor=by,
            )
        _announce(appeal, decision, by)
    appeal.refresh_from_db()
    return decision


def _announce(appeal: Appeal, decision: AppealDecision, by: User) -> None:
    audit.record(
        "appeal.decided",
        workspace=appeal.workspace,
        actor=by,
        target=appeal.public_id,
        detail={
            "verdict": decision.verdict,
            "reason": decision.reason,
            "credits": decision.credits,
            "allowed": decision.is_allowed,
        },
    )
    publishing.publish_generation(appeal.generation, "generation.appeal_decided")
    appeal_mail.post(appeal)
