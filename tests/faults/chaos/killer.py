"""kill -9, at random moments, of whoever is named."""

import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Mapping

import psutil

from tests.faults.chaos import place

WEIGHTS = {"worker": 34, "live": 20, "postmaster": 16, "backend": 10, "client": 20}


class Killer:
    """Chooses a victim by the dice and ends it without a word.

    Args:
        dice: seeded.
        supervisor: process id of the product's supervisor.
        clients: process ids of the clients, asked for anew each time.
        elsewhere: process ids of further workers and live processes, by role.
    """

    def __init__(
        self,
        dice: random.Random,
        supervisor: int,
        clients: Callable[[], list[int]],
        elsewhere: Callable[[str], list[int]] = lambda _role: [],
    ) -> None:
        self.dice, self.supervisor, self.clients, self.elsewhere = dice, supervisor, clients, elsewhere
        self.kills: Counter[str] = Counter()

    def strike(self, weights: Mapping[str, int] = WEIGHTS) -> str | None:
        """Kill one; its role, or None where there is nobody of the role that was drawn."""
        role = self.dice.choices(list(weights), list(weights.values()))[0]
        victims = sorted(self._victims(role))
        if not victims:
            return None
        try:
            os.kill(self.dice.choice(victims), signal.SIGKILL)
        except ProcessLookupError:
            return None
        self.kills[role] += 1
        return role

    def _victims(self, role: str) -> list[int]:
        postmaster = place.server().pid
        match role:
            case "worker":
                return self._children("procrastinate") + self.elsewhere(role)
            case "live":
                return self._children("uvicorn") + self.elsewhere(role)
            case "client":
                return self.clients()
            case "postmaster":
                return [postmaster] if postmaster else []
            case _:
                return _backends(postmaster) if postmaster else []

    def _children(self, word: str) -> list[int]:
        found = []
        for child in psutil.Process(self.supervisor).children():
            try:
                if word in child.cmdline():
                    found.append(child.pid)
            except psutil.NoSuchProcess:
                continue
        return found


def _backends(postmaster: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(postmaster).children()]
    except psutil.NoSuchProcess:
        return []
