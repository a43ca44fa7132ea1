"""Stripe's balance against our books: fees of payments and disputes, the sum of all lines, and the holdings.

Three promises. Each payment has one line with one fee, the one in our books. The lines of our payments, refunds and
disputes sum up to our payments less refunds, disputed money that is gone, and fees. And all lines together, those of
payouts and whatever else Stripe books included, are what Stripe says it holds for us, available and pending, currency
by currency. Lines of our things in another currency than ours are a difference by themselves; then the first two
promises are kept for what is in ours.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings

from billing.models import Dispute, DisputeStatus, Purchase, Refund
from billing.models.stripe_trouble import TroubleKind
from billing.reconciliation.findings import Findings
from billing.stripe import failures, pages
from billing.stripe.client import client, to_plain_dict

PAYMENT = frozenset({"charge", "payment"})
"""Types of lines for incoming payments (docs.stripe.com/reports/balance-transaction-types)."""
NOT_GONE = (
    DisputeStatus.WON, DisputeStatus.PREVENTED, DisputeStatus.WARNING_NEEDS_RESPONSE,
    DisputeStatus.WARNING_UNDER_REVIEW, DisputeStatus.WARNING_CLOSED,
)  # fmt: skip
"""Statuses of disputes whose money Stripe has not taken, or has given back."""


def compare(found: Findings, lines: Iterable[dict[str, Any]], since: datetime | None = None) -> None:
    """Compare the lines of Stripe's balance, each with its source, with our rows.

    A fee that was not known yet is stored. The sums are compared if all lines are asked for; lines of things that are
    not ours count only for what Stripe holds.

    Raises:
        stripe.StripeError: Stripe does not answer.
    """
    # Our rows first: what arrives meanwhile has a line that no row claims, and is compared the next time.
    payments = {row.payment_intent: row for row in Purchase.objects.filter(status=Purchase.Status.PAID)}
    disputes = {row.stripe_id: row for row in Dispute.objects.exclude(purchase=None)}
    refunds = {row.stripe_id: row for row in Refund.objects.exclude(stripe_id=None).exclude(purchase=None)}
    known = payments.keys() | disputes.keys() | refunds.keys()
    before = _held() if since is None else {}
    lines_of, fees, sums = Counter[str](), Counter[str](), Counter[str]()
    foreign: dict[str, Counter[str]] = {}
    ours = 0
    for line in lines:
        _count(found, line)
        sums[line["currency"]] += line["net"]
        name = _about(line)
        if name not in known:
            continue
        if line["currency"] != settings.CURRENCY:
            foreign.setdefault(line["currency"], Counter())[name] += 1
            continue
        lines_of[name] += 1
        fees[name] += line["fee"]
        ours += line["net"]
    elsewhere = {name for names in foreign.values() for name in names}
    _settlement(found, foreign)
    _fees(
        found, {name: row for name, row in payments.items() if name not in elsewhere}, lines_of, fees, since
    )
    if since is None:
        _update_dispute_fees(
            {name: row for name, row in disputes.items() if name not in elsewhere}, lines_of, fees
        )
        if not foreign:
            booked = [row for row in refunds.values() if _is_booked(row, lines_of)]
            _total(found, ours, payments.values(), booked, disputes.values())
        _holds(found, sums, before)


def lines(window: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every line of Stripe's balance, newest first, with the charge, refund or dispute it is about."""
    yield from pages.every(client().v1.balance_transactions.list, {**window, "expand": ["data.source"]})


def _about(line: dict[str, Any]) -> str:
    """Return the id of the payment behind a charge's line, or of the refund or dispute itself."""
    source = line["source"] or {}
    name = source.get("payment_intent") if line["type"] in PAYMENT else source.get("id")
    return str(name or "")


def _count(found: Findings, line: dict[str, Any]) -> None:
    unit = "" if line["currency"] == settings.CURRENCY else f", {line['currency']}"
    found.counts["balance lines"] += 1
    found.counts[f"fee cents{unit}"] += line["fee"]
    found.counts[f"{line['type']} cents{unit}"] += line["amount"]
    if line["net"] != line["amount"] - line["fee"]:
        found.differ("balance", f"{line['id']}: {line['amount']} less {line['fee']} is not {line['net']}")


def _settlement(found: Findings, foreign: dict[str, Counter[str]]) -> None:
    """Report lines of our things in another currency than ours: their fees are no cents of ours."""
    for currency, names in sorted(foreign.items()):
        number = sum(names.values())
        words = (
            f"{number} lines of payments, refunds and disputes of ours are in {currency}, not in {settings.CURRENCY}: "
            "their fees are not in the books, and the sums are not compared"
        )
        found.differ("settlement", words)
        failures.record_kind(TroubleKind.SETTLEMENT, f"{words}.")


def _fees(
    found: Findings,
    payments: dict[str | None, Purchase],
    paid: Counter[str],
    fees: Counter[str],
    since: datetime | None,
) -> None:
    """Compare one line and one fee for each payment; store fees that were not known yet."""
    unknown = []
    for intent, row in payments.items():
        if intent is None or (not paid[intent] and since is not None):
            continue
        if not paid[intent]:
            found.differ("fee missing", f"Stripe's balance has no line of {row.public_id}, payment {intent}")
        elif paid[intent] > 1:
            found.differ("fee twice", f"Stripe's balance has {paid[intent]} lines of payment {intent}")
        elif row.fee is None:
            row.fee = fees[intent]
            unknown.append(row)
        elif row.fee != fees[intent]:
            found.differ("fee", f"payment {intent} cost {fees[intent]} cents, here {row.fee}")
    Purchase.objects.bulk_update(unknown, ["fee"], batch_size=500)


def _update_dispute_fees(disputes: dict[str, Dispute], lines_of: Counter[str], fees: Counter[str]) -> None:
    """Store the fees as they are now: an answer costs another, which comes back with a win."""
    changed = []
    for name in disputes.keys() & lines_of.keys():
        row = disputes[name]
        if row.fee != fees[name]:
            row.fee = fees[name]
            changed.append(row)
    Dispute.objects.bulk_update(changed, ["fee"], batch_size=500)


def _total(
    found: Findings,
    theirs: int,
    payments: Iterable[Purchase],
    refunds: Iterable[Refund],
    disputes: Iterable[Dispute],
) -> None:
    came = sum(row.total - (row.fee or 0) for row in payments if row.payment_intent)
    back = sum(row.amount for row in refunds)
    gone = sum(_withdrawn(row) + (row.fee or 0) for row in disputes)
    found.counts["balance cents of ours"] = theirs
    if theirs != came - back - gone:
        found.differ(
            "balance total",
            f"Stripe's lines of our payments sum up to {theirs} cents; payments less fees {came}, refunds {back} and "
            f"disputes {gone} leave {came - back - gone}",
        )


def _is_booked(row: Refund, lines_of: Counter[str]) -> bool:
    """Return whether a refund's money has left: one that waits for available balance has no line until then."""
    if row.status == Refund.Status.PENDING:
        return bool(lines_of[row.stripe_id or ""])
    return row.status == Refund.Status.SUCCEEDED


def _withdrawn(row: Dispute) -> int:
    """Return the cents that Stripe has withdrawn for a dispute; where it never said them, what its status implies."""
    if row.withdrawn is not None:
        return row.withdrawn
    return 0 if row.status in NOT_GONE else row.amount


def _holds(found: Findings, sums: Counter[str], before: dict[str, int]) -> None:
    """Compare the sums with what Stripe says it holds.

    Before or after its lines were read: money may have moved in between.
    """
    after = _held()
    for currency in sorted(sums.keys() | after.keys()):
        said = after.get(currency, 0)
        found.counts[f"held cents, {currency}"] = said
        if sums[currency] not in {said, before.get(currency, 0)}:
            found.differ(
                "balance held",
                f"Stripe holds {said} cents in {currency}, its lines sum up to {sums[currency]}",
            )


def _held() -> dict[str, int]:
    now = to_plain_dict(pages.patiently(client().v1.balance.retrieve))
    held: Counter[str] = Counter()
    for part in (*now["available"], *now["pending"]):
        held[part["currency"]] += part["amount"]
    return dict(held)
