"""The account's balance: its transactions, and the available and pending amounts that they add up to."""

from collections import Counter
from typing import Any

from sandbox.stripe.catalog import Params
from sandbox.stripe.shapes.money import balance_transaction
from sandbox.stripe.store import Object, now
from sandbox.stripe.twin import Twin

SKEW = "skew"
"""Kind of the twin's own notes of money that no line explains."""


def book(twin: Twin, kind: str, source: Object, amount: int, fee: int = 0) -> Object:
    """Add a line of the balance, of so many cents of the source's currency; in the account's own, at the day's rate."""
    rate = None if twin.settlement == source["currency"] else twin.rate
    cents, kept = (amount, fee) if rate is None else (round(amount * rate), round(fee * rate))
    return twin.store.add(balance_transaction(kind, source, cents, kept, currency=twin.settlement, rate=rate))


def retrieve(twin: Twin, params: Params, ids: Params) -> Object:
    """What the account holds: the sum of all lines, by whether their money has arrived."""
    _ripen(twin)
    sums = {"available": Counter({twin.settlement: 0}), "pending": Counter({twin.settlement: 0})}
    for line in twin.store.all("balance_transaction"):
        sums[line["status"]][line["currency"]] += line["net"]
    sums["available"][twin.settlement] += sum(note["amount"] for note in twin.store.all(SKEW))
    none = Counter({twin.settlement: 0})
    return {
        "object": "balance",
        "available": _amounts(sums["available"]),
        "livemode": False,
        "pending": _amounts(sums["pending"]),
        "refund_and_dispute_prefunding": {"available": _amounts(none), "pending": _amounts(none)},
    }


def list_lines(twin: Twin, params: Params, ids: Params) -> Object:
    _ripen(twin)
    return twin.store.page("balance_transaction", params, "/v1/balance_transactions")


def add_line(twin: Twin, body: dict[str, Any]) -> Object:
    """{"type": payout, adjustment, charge…, "amount", "fee"?, "source"?: id of a charge, refund or dispute}."""
    nothing = {"id": None, "currency": twin.settlement}
    source = twin.store.objects.get(body.get("source", ""), nothing)
    return book(twin, body["type"], source, int(body["amount"]), int(body.get("fee", 0)))


def skew(twin: Twin, body: dict[str, Any]) -> Object:
    """{"amount"}: from now on the balance is off by so many cents that no line explains."""
    return twin.store.add({"id": f"skew_{now()}", "object": SKEW, "amount": int(body["amount"])})


def _ripen(twin: Twin) -> None:
    for line in twin.store.all("balance_transaction"):
        if line["available_on"] <= now():
            line["status"] = "available"


def _amounts(sums: Counter[str]) -> list[Object]:
    return [
        {"amount": cents, "currency": currency, "source_types": {"card": cents}}
        for currency, cents in sums.items()
    ]
