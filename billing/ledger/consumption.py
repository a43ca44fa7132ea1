"""Consumption of a purchase's credits. Which capture used up which credits is not stored: `uses.sql` computes it."""

import datetime as dt
from dataclasses import dataclass

from billing.ledger import lots
from billing.models import Purchase


@dataclass(frozen=True, slots=True)
class Consumption:
    """Credits of a purchase that were used for something, for example `image:<uuid>`."""

    reference: str
    at: dt.datetime
    credits: int


def for_purchase(purchase: Purchase) -> list[Consumption]:
    """List what the purchase's credits were used for, in chronological order."""
    rows = lots.read(
        "line",
        "uses",
        statement="SELECT reference, created_at, credits FROM uses ORDER BY id",
        workspace=purchase.workspace_id,
        purchase=purchase.reference,
    )
    return [Consumption(reference, at, int(credits)) for reference, at, credits in rows]
