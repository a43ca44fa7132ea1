"""What a drill has done and found, told while it goes on."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


class Different(Exception):  # noqa: N818 -- the report's own word
    """Stripe did something else than the product relies on; the sentence says what."""


@dataclass
class Book:
    """Steps, differences from what the product relies on, and answers to what nobody has documented."""

    patience: float
    steps: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Run a step; one that goes wrong does not keep the next from its work."""
        began = time.monotonic()
        self.steps.append(name)
        try:
            yield
        except Exception as error:  # noqa: BLE001 -- whatever it is, it belongs into the report
            self.differences.append(f"{name}: {error or type(error).__name__}")
            self.say(f"! {name}: {type(error).__name__}: {error}")
        else:
            self.say(f"· {name} ({time.monotonic() - began:.0f} s)")

    def answer(self, question: str, said: object) -> None:
        """Note what Stripe did where no documentation says it; either is safe."""
        self.answers[question] = str(said)
        self.say(f"  {question}: {said}")

    def report(self) -> int:
        """Print what was learned and what was different; returns the exit code."""
        for question, said in self.answers.items():
            self.say(f"learned: {question}: {said}")
        for sentence in self.differences:
            self.say(f"different: {sentence}")
        self.say(f"{len(self.steps)} steps, {len(self.differences)} different")
        return 1 if self.differences else 0

    @staticmethod
    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def expect(is_so: object, sentence: str) -> None:
    """Raise `Different` with the sentence, unless it is so."""
    if not is_so:
        raise Different(sentence)
