"""Uses the ledger's verbs as the product does, on wallets that all such clients share."""

import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import django
from django.db import InterfaceError, OperationalError, connection

from tests.faults.chaos.clients.client import Operation, Story, tell

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from accounts.models import Workspace  # noqa: E402 -- models need Django's setup
from billing import ledger  # noqa: E402
from billing.errors import InDebt, InsufficientCredits  # noqa: E402

PAUSE = 0.05


class LedgerClient:
    """Stories of grants, spendings, corrections and reversals.

    Args:
        name: makes this client's natural keys its own.
        workspaces: whose wallets it moves.
    """

    def __init__(self, name: str, workspaces: list[Workspace]) -> None:
        self.name = name
        self.workspaces = {str(workspace.pk): workspace for workspace in workspaces}

    def story(self, dice: random.Random, number: int) -> Story:
        workspace = dice.choice(list(self.workspaces))
        key = f"chaos:{self.name}:{number}"
        plot = dice.choices([self._spend, self._grant, self._correct, self._reverse], [70, 18, 6, 6])[0]
        yield from plot(dice, workspace, key)

    def _spend(self, dice: random.Random, workspace: str, key: str) -> Story:
        held, reference = dice.randint(1, 12), f"spend:{key}"
        answer = yield {
            "verb": "hold",
            "workspace": workspace,
            "credits": held,
            "reference": reference,
            "key": f"hold:{reference}",
        }
        if answer["outcome"] != "done":
            return
        left, part = held, 0
        while left and dice.random() < 0.75:
            credits = dice.randint(1, left)
            left, part = left - credits, part + 1
            verb = dice.choices(["capture", "release"], [3, 1])[0]
            yield {
                "verb": verb,
                "workspace": workspace,
                "credits": credits,
                "reference": reference,
                "key": f"{key}:{part}",
            }
        if left:
            yield {
                "verb": "release",
                "workspace": workspace,
                "credits": left,
                "reference": reference,
                "key": f"{key}:rest",
            }

    def _grant(self, dice: random.Random, workspace: str, key: str) -> Story:
        yield {"verb": "grant", "workspace": workspace, "credits": dice.randint(1, 40), "key": key}

    def _correct(self, dice: random.Random, workspace: str, key: str) -> Story:
        credits = dice.choice([-1, 1]) * dice.randint(1, 8)
        yield {"verb": "adjust", "workspace": workspace, "credits": credits, "key": key}

    def _reverse(self, dice: random.Random, workspace: str, key: str) -> Story:
        credits = dice.randint(1, 30)
        yield {"verb": "reverse", "workspace": workspace, "credits": credits, "key": key}
        if dice.random() < 0.5:
            yield {
                "verb": "restore",
                "workspace": workspace,
                "credits": credits,
                "key": f"restore:{key}",
                "of": key,
            }

    def perform(self, operation: Operation) -> dict[str, Any]:
        while True:
            try:
                return self._once(operation)
            except (OperationalError, InterfaceError):
                # The database is gone, or was before it could say what became of it: ask again, same key.
                connection.close()
                time.sleep(PAUSE)

    def _once(self, asked: Operation) -> dict[str, Any]:
        workspace, credits, key = self.workspaces[asked["workspace"]], asked["credits"], asked["key"]
        try:
            match asked["verb"]:
                case "hold":
                    ledger.hold(workspace, credits, reference=asked["reference"])
                case "capture":
                    ledger.capture(asked["reference"], credits, key=key, about=f"image:{key}")
                case "release":
                    ledger.release(asked["reference"], credits, key=key, about=f"image:{key}")
                case "grant":
                    ledger.grant(workspace, credits, key=key, reference=key)
                case "adjust":
                    ledger.adjust(workspace, credits, key=key, reason="Chaos", actor=None)
                case "reverse":
                    ledger.reverse(workspace, credits, key=key, reference=key, reason="Chaos")
                case "restore":
                    ledger.restore(workspace, asked["of"], reason="Chaos")
        except (InsufficientCredits, InDebt) as refusal:
            return {"outcome": refusal.code}
        return {"outcome": "done"}


def main() -> None:
    """`python -m tests.faults.chaos.clients.ledger_client NAME JOURNAL SEED WORKSPACE-SLUG…`."""
    name, journal, seed, *slugs = sys.argv[1:]
    while True:
        try:
            workspaces = list(Workspace.objects.filter(slug__in=slugs).order_by("slug"))
            break
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(PAUSE)
    tell(LedgerClient(name, workspaces), Path(journal), f"{seed}:{name}")


if __name__ == "__main__":
    main()
