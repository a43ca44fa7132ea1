"""A client that may be killed at any moment: it tells stories that follow from a seed, and goes on where it was.

A story is a generator of operations; each is performed until it is answered, with the same natural key every time, and
its answer is journalled before the next. After a kill the story is told again: journalled answers are handed in, and
the first operation without one is performed again.
"""

import random
import signal
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from tests.faults.chaos.journal import Entry, Journal

Operation = dict[str, Any]
Story = Generator[Operation, dict[str, Any]]


class Teller(Protocol):
    """A kind of client."""

    def story(self, dice: random.Random, number: int) -> Story:
        """The operations of one story; `dice` and `number` decide all of it."""

    def perform(self, operation: Operation) -> dict[str, Any]:
        """Do it until it is answered, however often the connection breaks."""


class Stop:
    """SIGTERM asks for the end of the story, and of the program behind it."""

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGTERM, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


def tell(teller: Teller, journal_path: Path, seed: str) -> None:
    """Tell stories until SIGTERM; the last one is told to its end."""
    stop, journal = Stop(), Journal(journal_path)
    number = journal.newest
    while True:
        _tell_one(teller, journal, seed, number)
        if stop.asked:
            return
        number += 1


def _tell_one(teller: Teller, journal: Journal, seed: str, number: int) -> None:
    story = teller.story(random.Random(f"{seed}:{number}"), number)
    known = journal.told(number)
    step = 0
    try:
        operation = next(story)
        while True:
            answer = known.get(step)
            if answer is None:
                answer = teller.perform(operation)
                journal.acknowledge(Entry(number, step, operation, answer))
            operation = story.send(answer)
            step += 1
    except StopIteration:
        return
