"""Changes of caps by people, with a line in the audit trail."""

import uuid
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from django.db import transaction
from django.http import HttpRequest

from accounts import audit
from accounts.models import ApiToken, User, Workspace
from billing.errors import CapRefused
from billing.ledger import caps
from billing.models import CapKind, CapPeriod
from core import ids

SENTENCE: Final = f"A cap is a whole number of credits from 0 to {caps.MOST:,}. Nothing was changed."
PREFIXES: Final = {CapKind.WORKSPACE: "wsp", CapKind.MEMBER: "usr", CapKind.TOKEN: "tok"}


def adopt(most: int = 500) -> int:
    """Make caps of the release before, a column of the token, caps like others; return how many.

    The column holds until it is moved, and older processes may still write it.
    """
    moved = 0
    for token in ApiToken.objects.filter(credit_cap__isnull=False, revoked_at=None).select_related(
        "workspace"
    )[:most]:
        with transaction.atomic():
            caps.set_cap(token.workspace, CapKind.TOKEN, token.pk, CapPeriod.TOTAL, token.credit_cap)
            moved += ApiToken.objects.filter(pk=token.pk, credit_cap=token.credit_cap).update(credit_cap=None)
    return moved


def change(
    workspace: Workspace,
    kind: CapKind,
    subject: uuid.UUID,
    wanted: Mapping[str, int | None],
    *,
    by: User | None,
    request: HttpRequest | None = None,
) -> None:
    """Set the caps of a workspace, a member or a token; None takes one away, and a period that is not named stays.

    Raises:
        CapRefused: a number of credits makes no sense.
    """
    for period, credits in wanted.items():
        if credits is not None and not 0 <= credits <= caps.MOST:
            raise CapRefused(SENTENCE, param=f"caps.{period}")
    set_here = [(period, wanted[period]) for period in CapPeriod.values if wanted.get(period) is not None]
    for (shorter, less), (longer, more) in pairwise(set_here):
        if (less or 0) > (more or 0):
            raise CapRefused(
                f"The cap of a {shorter} is above that of {'all' if longer == CapPeriod.TOTAL else f'a {longer}'}, so it would "
                "never be reached. Nothing was changed.",
                param=f"caps.{shorter}",
            )
    with transaction.atomic():
        before = caps.of_one(workspace, kind, subject)
        changed = {}
        for name, credits in wanted.items():
            period = CapPeriod(name)
            was = before[period].credits if period in before else None
            if was != credits:
                changed[name] = {"from": was, "to": credits}
                caps.set_cap(workspace, kind, subject, period, credits)
        if changed:
            audit.record(
                "cap.changed",
                workspace=workspace,
                actor=by,
                target=ids.public(PREFIXES[kind], subject),
                detail=changed,
                request=request,
            )
