"""A customer with a card: buys packs by the API, pays on Stripe's twin, and is refunded now and then."""

import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests.faults.chaos.clients.client import Operation, Story, tell
from tests.faults.chaos.clients.http import PATIENCE, GaveUpError, ask

PACKS = ("starter", "growth", "professional")


class Buyer:
    """Stories of purchases.

    Args:
        name: makes this client's keys its own.
        site: where the product answers.
        token: what it shows.
        twin: where Stripe's twin answers.
        stripe_key: the key that a dashboard would use to refund.
    """

    def __init__(self, name: str, site: str, token: str, twin: str, stripe_key: str) -> None:
        self.name = name
        self.client = httpx.Client(
            base_url=f"{site}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        self.twin = httpx.Client(base_url=twin, headers={"Authorization": f"Bearer {stripe_key}"}, timeout=30)

    def story(self, dice: random.Random, number: int) -> Story:
        key = f"chaos-{self.name}-{number}"
        bought = yield {"verb": "buy", "key": key, "pack": dice.choice(PACKS)}
        if bought["status"] not in {200, 201, 202}:
            return
        paid = yield {"verb": "pay", "session": bought["session"]}
        yield {"verb": "await", "id": bought["id"], "status": "paid"}
        if dice.random() < 0.3:
            yield {
                "verb": "refund",
                "key": f"{key}-refund",
                "intent": paid["intent"],
                "amount": bought["amount"] // dice.choice([1, 2, 4]),
            }

    def perform(self, operation: Operation) -> dict[str, Any]:
        match operation["verb"]:
            case "buy":
                body = {"pack": operation["pack"]}
                status, said = ask(self.client, "POST", "/purchases", key=operation["key"], body=body)
                if status >= 400:
                    return {"status": status, "code": said.get("code")}
                session = said["checkout_url"].rsplit("/", 1)[1].partition("?")[0].partition("#")[0]
                return {"status": status, "id": said["id"], "session": session, "amount": said["amount"]}
            case "pay":
                return self._pay(operation["session"])
            case "refund":
                return self._refund(operation)
            case _:
                return self._await(operation["id"], operation["status"])

    def _pay(self, session: str) -> dict[str, Any]:
        ask(
            self.twin, "POST", f"/_control/stripe/sessions/{session}/pay"
        )  # once paid, the twin refuses a second time
        _, said = ask(self.twin, "GET", f"/stripe/v1/checkout/sessions/{session}")
        assert said["payment_status"] == "paid", said
        return {"intent": said["payment_intent"]}

    def _refund(self, operation: Operation) -> dict[str, Any]:
        answer = self.twin.post(
            "/stripe/v1/refunds",
            data={"payment_intent": operation["intent"], "amount": operation["amount"]},
            headers={"Idempotency-Key": operation["key"]},
        )
        answer.raise_for_status()
        return {"refund": answer.json()["id"], "cents": operation["amount"]}

    def _await(self, purchase: str, wanted: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            _, said = ask(self.client, "GET", f"/purchases/{purchase}")
            if said["status"] == wanted:
                return {"credits": said["credits"]}
            time.sleep(0.3)
        raise GaveUpError(f"{purchase} did not become {wanted}")


def main() -> None:
    """`python -m tests.faults.chaos.clients.buyer NAME JOURNAL SEED`, with CHAOS_SITE, _TOKEN, _TWIN and _STRIPE_KEY set."""
    name, journal, seed = sys.argv[1:]
    told = (os.environ[f"CHAOS_{what}"] for what in ("SITE", "TOKEN", "TWIN", "STRIPE_KEY"))
    tell(Buyer(name, *told), Path(journal), f"{seed}:{name}")


if __name__ == "__main__":
    main()
