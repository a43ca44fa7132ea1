"""What a run says while it runs."""

import sys
import time


class Diary:
    """Lines on standard output, with the seconds since the start before them."""

    def __init__(self) -> None:
        self.start = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.start

    def note(self, words: str) -> None:
        """A line with its time."""
        self.say(f"{self.seconds:6.1f} s  {words}")

    def say(self, words: str) -> None:
        """A line as it is."""
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()
