"""The account's balance: its transactions, and the available and pending amounts that they add up to."""

from typing import Any

from sandbox.stripe.catalog import Params
from sandbox.stripe.shapes.money import balance_transaction
from sandbox.stripe.store import Object, now
from sandbox.stripe.twin import Twin

SKEW = "skew"
"""Kind of the twin's own notes of money that no line explains."""


def retrieve(twin: Twin, params: Params, ids: Params) -> Object:
    """What the account holds: the sum of all lines, by whether their money has arrived."""
    _ripen(twin)
    sums = {"available": 0, "pending": 0}
    for line in twin.store.all("balance_transaction"):
        sums[line["status"]] += line["net"]
    sums["available"] += sum(note["amount"] for note in twin.store.all(SKEW))
    return {
        "object": "balance",
        "available": _amounts(sums["available"]),
        "livemode": False,
        "pending": _amounts(sums["pending"]),
        "refund_and_dispute_prefunding": {"available": _amounts(0), "pending": _amounts(0)},
    }


def list_lines(twin: Twin, params: Params, ids: Params) -> Object:
    _ripen(twin)
    return twin.store.page("balance_transaction", params, "/v1/balance_transactions")


def add_line(twin: Twin, body: dict[str, Any]) -> Object:
    """{"type": payout, adjustment, charge…, "amount", "fee"?, "source"?: id of a charge, refund or dispute}."""
    source = twin.store.objects.get(body.get("source", ""), {"id": None, "currency": "usd"})
    return twin.store.add(
        balance_transaction(body["type"], source, int(body["amount"]), int(body.get("fee", 0)))
    )


def skew(twin: Twin, body: dict[str, Any]) -> Object:
    """{"amount"}: from now on the balance is off by so many cents that no line explains."""
    return twin.store.add({"id": f"skew_{now()}", "object": SKEW, "amount": int(body["amount"])})


def _ripen(twin: Twin) -> None:
    for line in twin.store.all("balance_transaction"):
        if line["available_on"] <= now():
            line["status"] = "available"


def _amounts(cents: int) -> list[Object]:
    return [{"amount": cents, "currency": "usd", "source_types": {"card": cents}}]
