"""Alerts before a cap is reached: at 50, 80 and 100 percent of it, once each in its period, by mail and to partners."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from accounts import recipients
from accounts.models import ApiToken, User, Workspace
from billing.caps.limits import PREFIXES
from billing.ledger import caps
from billing.models import CapKind, CapPeriod
from billing.signals import cap_nearly_reached
from core import ids, mail
from core.mail import Letter
from core.wording import in_words

ALERT: Final = "billing.cap_alert"
AT_ONCE: Final = 500
_CLAIM = """
    UPDATE billing_cap AS cap SET told = reached.percent
    FROM (
        SELECT id, CASE WHEN committed >= credits THEN 100 WHEN committed * 10 >= credits * 8 THEN 80
                        WHEN committed * 2 >= credits THEN 50 ELSE 0 END AS percent
        FROM billing_cap WHERE credits > 0 AND told < 100 AND committed * 2 >= credits
            AND since >= ledger_period(period, statement_timestamp())
        ORDER BY id LIMIT %s
    ) AS reached
    WHERE cap.id = reached.id AND cap.told < reached.percent
    RETURNING cap.workspace_id, cap.subject, cap.kind, cap.period, cap.told, cap.credits, cap.committed
"""


@dataclass(frozen=True, slots=True)
class CapAlert:
    """A cap of which so many percent are spent; `subject` is the public id of who is capped."""

    of: str
    subject: str
    period: str
    percent: int
    credits: int
    committed: int


def notify() -> int:
    """Tell of every cap that has reached its next mark; return how many.

    Whoever is capped and the owners get a mail, and partners an event, in the transaction that notes it.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, [AT_ONCE])
            rows = cursor.fetchall()
        places = recipients.owners_of(Workspace.objects.filter(pk__in={row[0] for row in rows}))
        owners = {workspace.pk: (workspace, people) for workspace, people in places}
        members = User.objects.in_bulk([subject for _, subject, kind, *_ in rows if kind == CapKind.MEMBER])
        alerts = [(*owners[row[0]], members.get(row[1]), _alert(row[1], row[2:])) for row in rows]
        for workspace, people, member, alert in alerts:
            told = {person.pk: person for person in [*people, member] if person is not None}
            about = {name: str(value) for name, value in asdict(alert).items()}
            mail.post(ALERT, told.values(), workspace=str(workspace.pk), **about)
        # Last, since who is told may lock what the workspace's orders need.
        for workspace, _, _, alert in alerts:
            cap_nearly_reached.send(Workspace, workspace=workspace, alert=asdict(alert))
    return len(rows)


def _alert(subject: uuid.UUID, facts: Sequence[Any]) -> CapAlert:
    kind, *rest = facts
    return CapAlert(kind, ids.public(PREFIXES[CapKind(kind)], subject), *rest)


def write_letter(workspace: str, **about: Any) -> Letter:
    """Write the mail about a cap."""
    row = Workspace.objects.get(pk=workspace)
    percent, credits = int(about["percent"]), int(about["credits"])
    whose, period = _whose(row, about), caps.WORDS[CapPeriod(about["period"])]
    reached = "is reached" if percent == 100 else f"is {percent} % spent"  # noqa: PLR2004 -- percent
    return Letter(
        subject=f"The {period} of {whose} {reached}",
        heading=f"{period.capitalize()} {reached}",
        lead=f"{in_words(int(about['committed']))} of {credits:,} are held or used by {whose} in {row.name}. "
        + ("Nothing more is spent until the next period, or until an admin raises the cap." if percent == 100  # noqa: PLR2004
           else "Spending goes on until the cap is reached."),
        label="See the caps",
        href=f"{settings.BASE_URL}/workspace/spending",
        note="You get this at 50, 80 and 100 percent, once in each period.",
    )  # fmt: skip


def _whose(workspace: Workspace, about: dict[str, Any]) -> str:
    match about["of"]:
        case CapKind.TOKEN:
            token = ApiToken.objects.filter(pk=ids.parse("tok", about["subject"]) or ids.NOBODY).first()
            return f"the token “{token.name}”" if token else "a token"
        case CapKind.MEMBER:
            person = User.objects.filter(pk=ids.parse("usr", about["subject"]) or ids.NOBODY).first()
            return person.display_name if person else "a member"
        case _:
            return workspace.name


WRITERS = {ALERT: write_letter}
