"""Sets of names of objects: millions of them in a few megabytes each."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

_BUCKETS: Final = 256


class KnownNames:
    """A set of names that keeps eight bytes of each.

    Two names in 10¹⁹ are taken for one another: then an object that is in no row counts as known, or one that is missing as
    there, which the sample of originals that are read again doesn't depend on.
    """

    def __init__(self) -> None:
        self._buckets = [array("Q") for _ in range(_BUCKETS)]
        self._is_sorted = False

    def add(self, names: Iterable[str]) -> None:
        """Add names; empty ones are none."""
        for name in filter(None, names):
            number = _number(name)
            self._buckets[number % _BUCKETS].append(number)
        self._is_sorted = False

    def __contains__(self, name: str) -> bool:
        if not self._is_sorted:
            self._buckets = [array("Q", sorted(bucket)) for bucket in self._buckets]
            self._is_sorted = True
        number = _number(name)
        bucket = self._buckets[number % _BUCKETS]
        at = bisect_left(bucket, number)
        return at < len(bucket) and bucket[at] == number


def _number(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())
