"""A client that may be killed at any moment: it tells stories that follow from a seed, and goes on where it was.

A story is a generator of operations; each is performed until it is answered, with the same natural key every time, and
its answer is journalled before the next. After a kill the story is told again: journalled answers are handed in, and
the first operation without one is performed again.
"""

import random
from collections.abc import Generator
from pathlib import Path
from typing import Any, Protocol

from tests.faults.chaos.journal import Entry, Journal

STOP = "stop"
Operation = dict[str, Any]
Story = Generator[Operation, dict[str, Any]]


class Teller(Protocol):
    """A kind of client."""

    def story(self, dice: random.Random, number: int) -> Story:
        """The operations of one story; `dice` and `number` decide all of it."""

    def perform(self, operation: Operation) -> dict[str, Any]:
        """Do it until it is answered, however often the connection breaks."""


def tell(teller: Teller, journal_path: Path, seed: str) -> None:
    """Tell stories until a file `stop` lies beside the journal; the last one is told to its end.

    A file, because a signal would be lost on a client that is only just starting again.
    """
    stop, journal = journal_path.with_name(STOP), Journal(journal_path)
    number = journal.newest
    while True:
        told = _tell_one(teller, journal, seed, number)
        # A story of which all was known may have been ended before a kill, and the next one begun unheard.
        if told and stop.exists():
            return
        number += 1


def _tell_one(teller: Teller, journal: Journal, seed: str, number: int) -> bool:
    """Whether something of it was told now, not earlier."""
    story = teller.story(random.Random(f"{seed}:{number}"), number)
    known = journal.told(number)
    step, told = 0, False
    try:
        operation = next(story)
        while True:
            answer = known.get(step)
            if answer is None:
                answer = teller.perform(operation)
                journal.acknowledge(Entry(number, step, operation, answer))
                told = True
            operation = story.send(answer)
            step += 1
    except StopIteration:
        return told
