"""Allowances: on the first of a month a client's wallet is filled from its partner's, at most to a number."""

import datetime as dt
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import recipients
from accounts.models import Client, Workspace
from billing.errors import InDebt, InsufficientCredits, SpendingLocked, WorkspaceSuspended
from billing.ledger import balance, clients
from core import mail
from core.mail import Letter

SHORT: Final = "billing.allowances_short"
AT_ONCE: Final = 1_000
SHORT_OF: Final = (InsufficientCredits, InDebt)
REFUSED: Final = (*SHORT_OF, SpendingLocked, WorkspaceSuspended)


def fill(now: dt.datetime | None = None) -> int:
    """Fill the wallets whose allowance of this month is due, each in a transaction of its own; return how many.

    Where a partner's balance doesn't reach, the smallest allowances are filled and the others wait: they are tried again
    each time this runs, all month, and the partner's owners get one mail.
    """
    month = (now or timezone.now()).date().replace(day=1)
    due = Client.objects.filter(
        Q(filled_month=None) | Q(filled_month__lt=month), closed_at=None, monthly_allowance__gt=0
    ).filter(workspace__spending_locked_at=None, workspace__suspended_at=None)
    filled = 0
    for partner in Workspace.objects.filter(pk__in=due.values("partner")):
        waiting = due.filter(partner=partner).select_related("workspace__parent")
        try:
            for client in waiting.order_by("monthly_allowance", "pk")[:AT_ONCE]:
                filled += _fill(client, month)
        except REFUSED as refused:
            if isinstance(refused, SHORT_OF) and not partner.is_test:
                _tell(partner, waiting, month)
    return filled


def _fill(client: Client, month: dt.date) -> bool:
    """Fill one wallet; return False where it was done meanwhile."""
    with transaction.atomic():
        this_month = Q(filled_month=None) | Q(filled_month__lt=month)
        if not Client.objects.filter(this_month, pk=client.pk, closed_at=None).update(filled_month=month):
            return False
        has = balance.for_workspace(client.workspace)
        missing = client.monthly_allowance - has.available - has.held + has.debt
        if missing > 0:
            clients.fund(client.workspace, missing, key=f"allowance:{client.pk}:{month:%Y-%m}")
    return True


def _tell(partner: Workspace, waiting: QuerySet[Client], month: dt.date) -> None:
    """Mail the owners that allowances wait, once a month."""
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(pk=partner.pk)
        is_told = Client.objects.filter(partner=partner, short_month=month).exists()
        waiting.update(short_month=month)
        if not is_told:
            mail.post(SHORT, recipients.owners(partner), workspace=str(partner.pk))


def write_letter(workspace: str) -> Letter:
    """Write the mail about allowances that wait."""
    row = Workspace.objects.get(pk=workspace)
    return Letter(
        subject=f"Allowances of clients of {row.name} wait for credits",
        heading="Allowances wait for credits",
        lead=f"The balance of {row.name} doesn't reach for this month's allowances of all its clients. The smallest were "
        "filled; the others wait, and are filled within the hour once there are credits.",
        label="Buy credits",
        href=f"{settings.BASE_URL}/billing",
    )


WRITERS = {SHORT: write_letter}
