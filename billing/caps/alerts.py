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
AT_ONCE: Final = 100
"""Few, since orders of their workspaces wait meanwhile; what is being spent just now is told of by the next sweep."""
_CLAIM = """
    UPDATE billing_cap AS cap SET told = reached.percent
    FROM (
        SELECT one.id, mark.percent
        FROM billing_cap AS one CROSS JOIN LATERAL (
            SELECT CASE WHEN committed >= credits THEN 100 WHEN committed * 10 >= credits * 8 THEN 80 ELSE 50 END AS percent
        ) AS mark
        WHERE credits > 0 AND committed * 2 >= credits AND told < mark.percent
            AND since >= ledger_period(period, statement_timestamp())
        ORDER BY one.id LIMIT %s FOR NO KEY UPDATE OF one SKIP LOCKED
    ) AS reached
    WHERE cap.id = reached.id
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
        found = Workspace.objects.filter(pk__in={row[0] for row in rows}).select_related("parent", "live")
        places = {workspace.pk: workspace for workspace in found}
        # A client's owners are its partner's; nothing in a test world is worth a mail.
        told = [one.parent or one for one in places.values() if not one.is_test]
        owners = {workspace.pk: people for workspace, people in recipients.owners_of(told)}
        members = User.objects.in_bulk([subject for _, subject, kind, *_ in rows if kind == CapKind.MEMBER])
        alerts = [(places[row[0]], members.get(row[1]), _alert(row[1], row[2:])) for row in rows]
        for workspace, member, alert in alerts:
            if not workspace.is_test:
                people = [*owners.get(workspace.parent_id or workspace.pk, ()), *([member] if member else [])]
                about = {name: str(value) for name, value in asdict(alert).items()}
                mail.post(
                    ALERT, {one.pk: one for one in people}.values(), workspace=str(workspace.pk), **about
                )
        # Last, since who is told may lock what the workspace's orders need.
        for workspace, _, alert in alerts:
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
