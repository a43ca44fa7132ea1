"""Assignment of pricing tiers to workspaces, from a moment on."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User, Workspace
from billing.errors import TierRefused
from billing.models import PricingTier, TierAssignment

TOLERANCE = dt.timedelta(minutes=5)
"""Age that "now" may have by the time that a form is sent."""


def assign(
    workspace: Workspace, tier: PricingTier, *, by: User, reason: str, effective_at: dt.datetime | None = None
) -> TierAssignment:
    """Put a workspace into a tier, at once or from a later moment; the history is added to, never rewritten.

    Of several that have begun, the one that began last is in force; of two for the same moment, the one made later.

    Raises:
        TierRefused: the moment has passed. Nothing was changed.
    """
    now = timezone.now()
    if effective_at is not None and effective_at < now - TOLERANCE:
        raise TierRefused(
            "A tier can't begin in the past, because what was bought since is paid. Nothing was changed."
        )
    with transaction.atomic():
        made = TierAssignment.objects.create(
            workspace=workspace, tier=tier, effective_at=max(effective_at or now, now), assigned_by=by
        )
        audit.record(
            "workspace.tier_assigned",
            workspace=workspace,
            actor=by,
            target=workspace.public_id,
            detail={"tier": tier.slug, "from": made.effective_at.isoformat(), "reason": reason},
        )
    return made
