"""Registries through which upper apps add to a lower one that knows them by name only."""

from collections.abc import Mapping


class Registry[T]:
    """Entries by name, added in `AppConfig.ready()` and only read afterwards.

    Args:
        noun: what an entry is, for the message about a name that is taken.
    """

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._entries: dict[str, T] = {}

    def register(self, name: str, entry: T) -> None:
        """Add an entry.

        Raises:
            ValueError: the name is taken.
        """
        if name in self._entries:
            raise ValueError(f"There is a {self._noun} called {name!r} already.")
        self._entries[name] = entry

    def __getitem__(self, name: str) -> T:
        return self._entries[name]

    @property
    def entries(self) -> Mapping[str, T]:
        """All entries, in the order in which they were added."""
        return self._entries
