"""A partner's program: orders images by HTTP, repeats what was not answered, cancels now and then."""

import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests.faults.chaos.clients.client import Operation, Story, tell
from tests.faults.chaos.clients.http import PATIENCE, GaveUpError, ask

TROUBLE = (
    "test:moderation_input",
    "test:moderation_output",
    "test:server_error=1",
    "test:rate_limit=1",
    "test:wrong_size",
    "test:corrupt",
    "test:truncate",
    "test:reset",
    "test:html",
    "test:empty",
)
SIZE = "816x816"
FINISHED = {"succeeded", "partial", "failed", "canceled"}


class ApiClient:
    """Stories of orders, some of words that bring trouble.

    Args:
        name: makes this client's keys its own.
        site: where the product answers.
        token: what it shows.
    """

    def __init__(self, name: str, site: str, token: str) -> None:
        self.name = name
        self.client = httpx.Client(
            base_url=f"{site}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )

    def story(self, dice: random.Random, number: int) -> Story:
        key = f"chaos-{self.name}-{number}"
        words = f"{dice.choice(TROUBLE)} " if dice.random() < 0.25 else ""
        body = {
            "prompt": f"{words}A lighthouse, seen by {self.name}, number {number}",
            "n": dice.choices([1, 2, 3, 4], [6, 2, 1, 1])[0],
            "size": SIZE,
            "quality": dice.choice(["low", "medium"]),
        }
        order = {"verb": "order", "key": key, "body": body}
        answer = yield order
        if answer["status"] not in {200, 202}:
            return
        chance = dice.random()
        if chance < 0.1:
            yield {"verb": "cancel", "key": f"{key}-cancel", "id": answer["id"]}
        elif chance < 0.2:
            yield order
        if dice.random() < 0.25:
            yield {"verb": "follow", "id": answer["id"]}

    def perform(self, operation: Operation) -> dict[str, Any]:
        match operation["verb"]:
            case "order":
                status, said = ask(
                    self.client, "POST", "/generations", key=operation["key"], body=operation["body"]
                )
            case "cancel":
                status, said = ask(
                    self.client, "POST", f"/generations/{operation['id']}/cancel", key=operation["key"]
                )
            case _:
                return self._follow(operation["id"])
        if status >= 400:
            return {"status": status, "code": said.get("code")}
        return {"status": status, "id": said["id"], "credits": said["quote"]["credits"]}

    def _follow(self, generation: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            status, said = ask(self.client, "GET", f"/generations/{generation}")
            if status >= 400 or said["status"] in FINISHED:
                images = [[image["id"], image["status"], image["sha256"]] for image in said.get("images", [])]
                return {
                    "status": status,
                    "ended": said["status"],
                    "charged": said.get("charged"),
                    "images": images,
                }
            time.sleep(0.3)
        raise GaveUpError(f"{generation} did not finish")


def main() -> None:
    """`python -m tests.faults.chaos.clients.api_client NAME JOURNAL SEED`, with CHAOS_SITE and CHAOS_TOKEN set."""
    name, journal, seed = sys.argv[1:]
    teller = ApiClient(name, os.environ["CHAOS_SITE"], os.environ["CHAOS_TOKEN"])
    tell(teller, Path(journal), f"{seed}:{name}")


if __name__ == "__main__":
    main()
