"""A dispute's facts in words: as Stripe's evidence fields, and as the summary in the zip.

Limits: 20,000 characters a field and 150,000 together (docs.stripe.com/api/disputes/update#update_dispute-evidence).
We fill at most three long fields, so the first limit implies the second.
"""

from collections.abc import Iterable, Iterator

from django.conf import settings

from billing.disputes.deliveries import DeliveredItem
from billing.disputes.evidence import Evidence
from billing.ledger.consumption import Consumption
from core.wording import in_words, money

FIELD = 20_000
NAME = 500
"""Characters of the short fields, for which Stripe documents no limit."""
STATEMENT = 5_000
"""Characters of an operator's own words."""
LINES = 400
"""Deliveries that can fit into a field at all: none takes fewer than fifty characters."""


def fields(evidence: Evidence, statement: str = "") -> dict[str, str]:
    """Build Stripe's evidence fields; empty ones are left out.

    Args:
        evidence: the facts.
        statement: an operator's own words, which come first.
    """
    row, buyer = evidence.purchase, evidence.buyer
    found = {
        "product_description": _product(evidence),
        "customer_name": (buyer.display_name if buyer else row.workspace.name)[:NAME],
        "customer_email_address": buyer.email[:NAME] if buyer else "",
        "customer_purchase_ip": str(row.address or ""),
        "service_date": f"{evidence.uses[0].at:%-d %B %Y}" if evidence.uses else "",
        "access_activity_log": truncate_lines(_activity(evidence), beyond=max(0, len(evidence.uses) - LINES)),
        "refund_policy_disclosure": _policy(evidence),
        "uncategorized_text": truncate_lines(
            [*([statement.strip()[:STATEMENT], ""] if statement.strip() else []), *summary(evidence)]
        ),
    }
    return {name: text for name, text in found.items() if text}


def summary(evidence: Evidence) -> Iterator[str]:
    """Yield the facts line by line."""
    dispute = evidence.dispute
    yield f"Dispute {dispute.stripe_id}, {money(dispute.amount, dispute.currency or evidence.purchase.currency)}, reason: {dispute.reason}"
    for heading, pairs in (
        ("THE CUSTOMER", evidence.customer()),
        ("THE PURCHASE", evidence.bought()),
        ("THE USE", evidence.used()),
    ):
        yield ""
        yield heading
        yield from (f"{name}: {value}" for name, value in pairs)
    yield ""
    yield "Credits are spent first in, first out; one is charged only when its image was stored for the customer."


def truncate_lines(lines: Iterable[str], limit: int = FIELD, *, beyond: int = 0) -> str:
    """Join as many whole lines as fit; a last line counts the others.

    Args:
        lines: the lines.
        limit: characters that fit.
        beyond: number of further lines, not among `lines`, to be counted too.
    """
    room, kept, more = limit - 80, [], 0
    for line in lines:
        if more or len(line) + 1 > room:
            more += 1
            continue
        kept.append(line)
        room -= len(line) + 1
    if more + beyond:
        kept.append(f"More lines that do not fit here: {more + beyond:,}. We have them all.")
    return "\n".join(kept)


def consumption_line(use: Consumption, one: DeliveredItem | None) -> str:
    """Describe one use in a line."""
    if one is None:
        return f"{use.at:%Y-%m-%d %H:%M:%S} UTC, {in_words(use.credits)}, {use.reference}"
    made = f"{one.at:%Y-%m-%d %H:%M:%S}" if one.at else f"{use.at:%Y-%m-%d %H:%M:%S}"
    return (
        f"{made} UTC, {in_words(use.credits)}: image {one.id} delivered ({one.kind}, sha256 {one.sha256}), "
        f"asked for {one.asked_at:%Y-%m-%d %H:%M:%S} by {one.asked_by} through {one.through}: {one.prompt}"
    )


def _product(evidence: Evidence) -> str:
    row = evidence.purchase
    return (
        f"{settings.SITE_NAME} makes images from text prompts, paid for with prepaid credits. This payment bought "
        f"{in_words(row.credits)} ({row.pack_name}) for {money(row.total, row.currency)}, added to the customer's account at "
        "once. An image costs credits according to its model and quality; the price is shown beforehand, and charged "
        "only when the image is delivered to the customer's gallery, where it can be seen and downloaded."
    )


def _policy(evidence: Evidence) -> str:
    said = (
        f"{settings.BASE_URL}/pricing says before a purchase: Unspent credits of a purchase can be refunded at the price you "
        "paid for them."
    )
    row = evidence.purchase
    if row.receipt_sent_at:
        said += f" The receipt, mailed {row.receipt_sent_at:%-d %B %Y}, says so too."
    left = max(0, row.credits - evidence.spent)
    return f"{said} Of this purchase {in_words(evidence.spent)} were used, {in_words(left)} were not."


def _activity(evidence: Evidence) -> Iterator[str]:
    if evidence.visits:
        yield "SIGN-INS AND ACTS OF THE BUYER (UTC)"
        for visit in evidence.visits:
            yield f"{visit.at:%Y-%m-%d %H:%M:%S}, {visit.address}: {visit.what}"
        yield ""
    if evidence.uses:
        yield "DELIVERED FOR CREDITS OF THIS PURCHASE (UTC)"
        some = evidence.uses[:LINES]
        yield from (consumption_line(use, one) for use, one in evidence.described(some))
