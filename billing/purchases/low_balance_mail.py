"""Low-balance mail: a workspace is told once that its credits run low."""

import uuid

from django.conf import settings
from django.db import connection, transaction

from accounts import recipients
from accounts.models import Workspace
from billing.models.balance_alert import DEFAULT
from billing.signals import balance_low
from core import mail
from core.mail import Letter
from core.wording import in_words

LOW = "billing.low"
_LOW = """
    INSERT INTO billing_balancealert AS alert (workspace_id, threshold, told_at)
    SELECT wallet.workspace_id, %(default)s, clock_timestamp() FROM billing_wallet AS wallet
    LEFT JOIN billing_balancealert AS known USING (workspace_id)
    LEFT JOIN LATERAL (
        SELECT max(created_at) AS at FROM billing_transfer
        WHERE workspace_id = wallet.workspace_id AND kind IN ('purchase', 'grant', 'adjust') AND target = 'available'
    ) AS came ON wallet.available < coalesce(known.threshold, %(default)s)
    WHERE wallet.available < coalesce(known.threshold, %(default)s)
        AND (known.told_at IS NULL OR known.told_at < came.at)
        AND (SELECT true FROM billing_purchase WHERE workspace_id = wallet.workspace_id AND status = 'paid' LIMIT 1)
    ON CONFLICT (workspace_id) DO UPDATE SET told_at = excluded.told_at
    RETURNING alert.workspace_id
"""
"""Claims at once all workspaces that have bought before, are low, and were not told since credits came in.

Whether one has bought is asked of each by itself: EXISTS may become a join that reads all purchases there are.
"""


def notify_owners() -> int:
    """Mail every workspace that has run low since it was last told, each owner by a job.

    Returns:
        The number of workspaces.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOW, {"default": DEFAULT})
            found: list[uuid.UUID] = [row[0] for row in cursor.fetchall()]
        low = list(Workspace.objects.filter(pk__in=found).select_related("wallet"))
        # Of a test world webhooks are told, but nobody's mailbox.
        for workspace, owners in recipients.owners_of(one for one in low if not one.is_test):
            mail.post(LOW, owners, workspace=str(workspace.pk))
        # Last, since who is told may lock what the workspace's orders need.
        for workspace in low:
            balance_low.send(Workspace, workspace=workspace, available=workspace.wallet.available)
    return len(found)


def _low(workspace: str) -> Letter | None:
    """Write the mail to an owner.

    Returns:
        None if credits came in meanwhile.
    """
    row = Workspace.objects.select_related("wallet", "balance_alert").get(pk=workspace)
    available = row.wallet.available
    if available >= row.balance_alert.threshold:
        return None
    return Letter(
        subject=f"{row} has {in_words(available)} left",
        heading=f"{in_words(available)} left",
        lead=f"{row} is running low. Images in progress are already paid for and will be finished.",
        label="Buy credits",
        href=f"{settings.BASE_URL}/billing",
        note="Auto top-up can buy them for you; it is on the same page.",
    )


WRITERS = {LOW: _low}
