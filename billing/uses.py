"""What the credits of a purchase were used for. Which capture used up whose credits is not stored: `uses.sql` says it."""

import datetime as dt
from dataclasses import dataclass

from billing import lots
from billing.models import Purchase


@dataclass(frozen=True, slots=True)
class Use:
    """Credits of a purchase that were used for something, for example `image:<uuid>`."""

    reference: str
    at: dt.datetime
    credits: int


def of(purchase: Purchase) -> list[Use]:
    """What the purchase's credits were used for, in the order in which it happened."""
    rows = lots.read(
        "line",
        "uses",
        statement="SELECT reference, created_at, credits FROM uses ORDER BY id",
        workspace=purchase.workspace_id,
        purchase=purchase.reference,
    )
    return [Use(reference, at, int(credits)) for reference, at, credits in rows]
