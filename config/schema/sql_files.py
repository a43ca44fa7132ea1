"""The SQL files of the functions and triggers that this code wants in the database.

Each app's `sql/__init__.py` names them; they hold `CREATE OR REPLACE FUNCTION` and `CREATE OR REPLACE
TRIGGER` and nothing else. `config.schema.sql_functions` installs them.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

from django.core.management.base import CommandError

from accounts import sql as accounts_sql
from billing import sql as billing_sql
from gallery import sql as gallery_sql
from generation import sql as generation_sql

MANIFESTS: Final = (accounts_sql, billing_sql, generation_sql, gallery_sql)

_STATEMENT = re.compile(
    r"""
    \s+ | --[^\n]*\n
    | CREATE\ OR\ REPLACE\ FUNCTION\ (?P<function>\w+)\([^;$]*\$\$(?:(?!\$\$).)*\$\$;
    | CREATE\ OR\ REPLACE\ TRIGGER\ (?P<trigger>\w+)\s[^;]*?\sON\s(?P<table>\w+)\s[^;]*;
    """,
    re.DOTALL | re.VERBOSE,
)

type Key = tuple[str, str, str]
"""Kind, name, and the table of a trigger."""


class InstallationError(CommandError):
    """SQL can't be installed as the files have it. The message says why."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or a trigger as a file defines it.

    Attributes:
        key: its name in the database.
        source: the statement that creates it.
    """

    key: Key
    source: str

    @property
    def digest(self) -> str:
        """The statement's hash."""
        return hashlib.sha256(self.source.encode()).hexdigest()[:16]

    @property
    def label(self) -> str:
        """The name for people."""
        return label(self.key)


type Definitions = tuple[Definition, ...]
"""Everything that one version of the code defines."""


@cache
def definitions() -> Definitions:
    """Read what this code defines, functions before the triggers that call them.

    Raises:
        InstallationError: a file holds something else, or two files define the same.
    """
    found = [one for manifest in MANIFESTS for one in defined_by(manifest)]
    keys = [one.key for one in found]
    for one in found:
        if keys.count(one.key) > 1:
            raise InstallationError(f"The {one.label} is defined twice.")
    return tuple(sorted(found, key=lambda one: one.key[0]))


def parse(text: str, name: str) -> Iterator[Definition]:
    """Split the text of a file called `name` into its definitions.

    Raises:
        InstallationError: there is something else in it.
    """
    at = 0
    while at < len(text):
        found = _STATEMENT.match(text, at)
        if found is None:
            line = text.count("\n", 0, at) + 1
            raise InstallationError(
                f"{name}, line {line}: only CREATE OR REPLACE FUNCTION … AS $$…$$; and CREATE OR REPLACE TRIGGER can be "
                "installed."
            )
        at = found.end()
        if found["function"]:
            yield Definition(("function", found["function"], ""), found[0])
        elif found["trigger"]:
            yield Definition(("trigger", found["trigger"], found["table"]), found[0])


def defined_by(manifest: ModuleType) -> Iterator[Definition]:
    """Read what one app defines."""
    for name in manifest.INSTALLED:
        path = Path(str(manifest.__file__)).with_name(f"{name}.sql")
        yield from parse(path.read_text(encoding="utf-8"), f"{manifest.__name__}/{path.name}")


def label(key: Key) -> str:
    """Name a function or a trigger for people."""
    kind, name, table = key
    return f"{kind} {name} on {table}" if table else f"{kind} {name}"
