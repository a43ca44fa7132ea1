"""Pauses of auto top-up: once, with the reason on the page, in the audit trail and in a mail to the owners."""

import uuid

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit, recipients
from accounts.models import Workspace
from billing.models import AutoTopUp, PauseKind
from billing.purchases import auto_top_up_consent
from core import mail
from core.mail import Letter
from core.wording import in_words, money

PAUSED = "billing.top_up_paused"
BUTTONS = {
    PauseKind.NEEDS_PAYER: "Buy and confirm now",
    PauseKind.DEARER: "See the current offer",
    PauseKind.NOT_SOLD: "Choose another pack",
    PauseKind.NO_ANSWER: "See the purchase",
}
ASKED_ANEW = (PauseKind.DEARER, PauseKind.NOT_SOLD)


def pause(workspace_id: uuid.UUID, kind: PauseKind, because: str = "") -> bool:
    """Pause a workspace's auto top-up and mail its owners, in one commit.

    Args:
        workspace_id: the workspace.
        kind: the reason.
        because: the reason with names and numbers, as people read it after "is paused:".

    Returns:
        False if it was paused or off already.
    """
    now = timezone.now()
    with transaction.atomic():
        running = AutoTopUp.objects.filter(pk=workspace_id, paused_at=None, is_on=True)
        if not running.update(
            paused_at=now, paused_kind=kind, paused_because=(because or str(kind.label))[:200]
        ):
            return False
        workspace = Workspace.objects.get(pk=workspace_id)
        audit.record("top_up.paused", workspace=workspace, detail={"because": kind.value})
        mail.post(PAUSED, recipients.owners(workspace), workspace=str(workspace_id), at=now.isoformat())
    return True


def pause_notice(row: AutoTopUp | None) -> str:
    """Describe a pause, or one that is due, for the page; empty if all is well."""
    if row is None:
        return ""
    if row.paused_at:
        return _sentence(PauseKind(row.paused_kind), row.paused_because)
    found = auto_top_up_consent.objection(row) if row.is_on else None
    return _sentence(*found) if found else ""


def _sentence(kind: PauseKind, because: str) -> str:
    return f"Auto top-up is paused: {because}. {kind.way_on}"


def _letter(workspace: str, at: str) -> Letter | None:
    """Write the mail to an owner.

    Returns:
        None if somebody has switched it on or off meanwhile.
    """
    row = (
        AutoTopUp.objects.filter(pk=uuid.UUID(workspace), paused_at=at, is_on=True)
        .select_related("workspace", "pack")
        .first()
    )
    if row is None:
        return None
    kind, terms = PauseKind(row.paused_kind), auto_top_up_consent.agreed_terms(row)
    bought = f"Below {in_words(row.threshold)}: {row.pack.name}, {in_words(terms.credits)}" if terms else ""
    return Letter(
        subject=f"Auto top-up is paused: {kind.label}",
        heading="Auto top-up is paused",
        lead=f"{row.workspace} no longer buys credits automatically: {row.paused_because}. {kind.way_on}",
        lines=[(bought, money(terms.amount, settings.CURRENCY))] if terms else [],
        label=BUTTONS.get(kind, "Change the card"),
        href=f"{settings.BASE_URL}/billing?pack={row.pack_id}",
        note="A lower price needs no new consent; a higher price or fewer credits always do."
        if kind in ASKED_ANEW
        else "",
    )


WRITERS = {PAUSED: _letter}
