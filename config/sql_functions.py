"""The functions and triggers that live in the database: `migrate` installs them, and `/readyz` misses them.

Each app's `sql/__init__.py` names the files that are installed; they hold `CREATE OR REPLACE FUNCTION` and
`CREATE OR REPLACE TRIGGER` and nothing else. The comment of an installed function or trigger says which text it was
made from, so only what changed is replaced. That comment is also how ours are told from those of extensions and
libraries: what has no such comment is never retired or dropped.

A function or trigger that no file defines any more is *retired* by the release that no longer defines it and dropped by
the next one, because the previous release's processes still use it while a deployment is under way. For the same
reason a changed signature is a new name.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final, Self

from django.db import ProgrammingError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg import errors

from accounts import sql as accounts_sql
from billing import sql as billing_sql
from gallery import sql as gallery_sql
from generation import sql as generation_sql

MANIFESTS: Final = (accounts_sql, billing_sql, generation_sql, gallery_sql)
MARK: Final = "createio: "
REMEMBERED: Final = 20
"""How many earlier texts a comment keeps."""

_STATEMENT = re.compile(
    r"""
    \s+ | --[^\n]*\n
    | CREATE\ OR\ REPLACE\ FUNCTION\ (?P<function>\w+)\(.*?\$\$.*?\$\$;
    | CREATE\ OR\ REPLACE\ TRIGGER\ (?P<trigger>\w+)\s[^;]*?\sON\s(?P<table>\w+)\s[^;]*;
    """,
    re.DOTALL | re.VERBOSE,
)
_CATALOG = """
    SELECT 'function', proname, '', 'FUNCTION ' || oid::regprocedure, obj_description(oid, 'pg_proc')
    FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND prokind = 'f'
    UNION ALL
    SELECT 'trigger', tgname, relname, format('TRIGGER %I ON %I', tgname, relname), obj_description(trigger.oid, 'pg_trigger')
    FROM pg_trigger AS trigger JOIN pg_class AS relation ON relation.oid = tgrelid
    WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal
"""
_VALIDATORS = """
    SELECT format('SELECT %%s(%%s)', lanvalidator::regproc, routine.oid)
    FROM pg_proc AS routine JOIN pg_language AS language ON language.oid = prolang
    WHERE pronamespace = current_schema()::regnamespace AND proname = ANY (%s)
"""

type Key = tuple[str, str, str]
"""Kind, name, and the table of a trigger."""


class InstallationError(Exception):
    """A file of SQL can't be installed as it is. The message says why."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or a trigger as a file defines it.

    Attributes:
        key: what it is called in the database.
        source: the statement that makes it.
    """

    key: Key
    source: str

    @property
    def digest(self) -> str:
        """The statement's hash."""
        return hashlib.sha256(self.source.encode()).hexdigest()[:16]

    @property
    def label(self) -> str:
        """What people call it."""
        return _label(self.key)


type Definitions = tuple[Definition, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """What the comment of an installed function or trigger says.

    Attributes:
        source: the digest of the statement that it was made from.
        earlier: digests of those before, the latest first.
        retired_by: the release that no longer defines it; empty while it is in use.
    """

    source: str
    earlier: tuple[str, ...] = ()
    retired_by: str = ""

    @classmethod
    def parse(cls, comment: str | None) -> Self | None:
        """Read a comment; None where it isn't one of ours."""
        if not comment or not comment.startswith(MARK):
            return None
        said = json.loads(comment.removeprefix(MARK))
        return cls(said["source"], tuple(said.get("earlier", ())), said.get("retired_by", ""))

    def __str__(self) -> str:
        said = {"source": self.source, "earlier": self.earlier, "retired_by": self.retired_by}
        return MARK + json.dumps({name: value for name, value in said.items() if value or name == "source"})

    def followed_by(self, digest: str) -> "Origin":
        """The origin once another text has taken this one's place."""
        earlier = [one for one in (self.source, *self.earlier) if one and one != digest]
        return Origin(digest, tuple(earlier[:REMEMBERED]))


@dataclass(frozen=True, slots=True)
class Installed:
    """A function or a trigger of the database, ours or not: how statements name it, and its origin where it is ours."""

    key: Key
    target: str
    origin: Origin | None


@cache
def definitions() -> Definitions:
    """Read what this code defines, functions before the triggers that call them.

    Raises:
        InstallationError: a file holds something else, or two files define the same.
    """
    found = [one for manifest in MANIFESTS for one in _defined_by(manifest)]
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


def missing(connection: BaseDatabaseWrapper, wanted: Definitions | None = None) -> list[str]:
    """Name what this code relies on and the database has never had.

    A function whose text is newer than this code's is not missing: every deployment runs older code beside it.
    """
    wanted = definitions() if wanted is None else wanted
    with connection.cursor() as cursor:
        there = _installed(cursor, wanted)
    return [one.label for one in wanted if not _knows(there.get(one.key), one)]


def pending(connection: BaseDatabaseWrapper, wanted: Definitions | None = None) -> list[str]:
    """Name what `install` would change: what is replaced, retired or dropped."""
    wanted = definitions() if wanted is None else wanted
    with connection.cursor() as cursor:
        there = _installed(cursor, wanted)
    changed = [one.label for one in wanted if not _is_current(there.get(one.key), one)]
    return changed + [_label(one.key) for one in _undefined(there, wanted) if _is_due(one, _release(wanted))]


def install(
    connection: BaseDatabaseWrapper, wanted: Definitions | None = None
) -> tuple[list[str], list[str]]:
    """Bring the database's functions and triggers to what the files define, all of it or nothing.

    The order of the files doesn't matter: bodies are checked once everything is there.

    Args:
        connection: to a database whose migrations are applied, under the lock of `migrate`.
        wanted: what to install; the files' definitions if not given.

    Returns:
        What was replaced or added, and what was dropped.

    Raises:
        InstallationError: a signature changed under an old name.
    """
    wanted = definitions() if wanted is None else wanted
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        before = _installed(cursor, wanted)
        changed = [one for one in wanted if not _is_current(before.get(one.key), one)]
        cursor.execute("SET LOCAL check_function_bodies = off")
        for one in changed:
            _create(cursor, one)
        after = _installed(cursor, wanted)
        for one in changed:
            origin = getattr(before.get(one.key), "origin", None) or Origin("")
            _comment(cursor, after[one.key], origin.followed_by(one.digest))
        dropped = _retire(cursor, _undefined(before, wanted), _release(wanted))
        cursor.execute("SET LOCAL check_function_bodies = on")
        _validate(cursor, wanted)
    return [one.label for one in changed], dropped


def _defined_by(manifest: ModuleType) -> Iterator[Definition]:
    for name in manifest.INSTALLED:
        path = Path(str(manifest.__file__)).with_name(f"{name}.sql")
        yield from parse(path.read_text(encoding="utf-8"), f"{manifest.__name__}/{path.name}")


def _label(key: Key) -> str:
    kind, name, table = key
    return f"{kind} {name} on {table}" if table else f"{kind} {name}"


def _installed(cursor: CursorWrapper, wanted: Definitions) -> dict[Key, Installed]:
    """Find the functions and triggers of our schema.

    Raises:
        InstallationError: two functions have a name that ours has.
    """
    cursor.execute(_CATALOG)
    found: dict[Key, Installed] = {}
    ours = {one.key for one in wanted}
    for kind, name, table, target, comment in cursor.fetchall():
        key = (kind, name, table)
        if key in found and key in ours:
            raise InstallationError(
                f"There are {found[key].target} and {target}: a changed signature needs a new name."
            )
        found[key] = Installed(key, target, Origin.parse(comment))
    return found


def _is_current(there: Installed | None, wanted: Definition) -> bool:
    return bool(
        there and there.origin and (there.origin.source, there.origin.retired_by) == (wanted.digest, "")
    )


def _knows(there: Installed | None, wanted: Definition) -> bool:
    """Whether that was made from this text, now or earlier."""
    return bool(there and there.origin and wanted.digest in {there.origin.source, *there.origin.earlier})


def _undefined(there: dict[Key, Installed], wanted: Definitions) -> list[Installed]:
    """Find ours that are not wanted, triggers before the functions that they call."""
    keys = {one.key for one in wanted}
    found = [one for key, one in there.items() if one.origin and key not in keys]
    return sorted(found, key=lambda one: one.key, reverse=True)


def _release(wanted: Definitions) -> str:
    """Tell one set of definitions from another."""
    return hashlib.sha256("".join(sorted(one.digest for one in wanted)).encode()).hexdigest()[:16]


def _is_due(one: Installed, release: str) -> bool:
    """Whether this release has something to do about one that no file defines: it isn't the one that retired it."""
    return one.origin is not None and one.origin.retired_by != release


def _create(cursor: CursorWrapper, wanted: Definition) -> None:
    try:
        cursor.execute(wanted.source)
    except ProgrammingError as error:
        if not isinstance(error.__cause__, errors.InvalidFunctionDefinition):
            raise
        raise InstallationError(
            f"The {wanted.label} is there with another signature, and a changed signature needs a new name: {error}"
        ) from error


def _comment(cursor: CursorWrapper, there: Installed, origin: Origin) -> None:
    cursor.execute(f"COMMENT ON {there.target} IS '{origin}'")


def _retire(cursor: CursorWrapper, undefined: list[Installed], release: str) -> list[str]:
    """Retire what no file defines, drop what an earlier release retired; return what was dropped."""
    dropped = []
    for one in undefined:
        if one.origin is None or not _is_due(one, release):
            continue
        if one.origin.retired_by:
            cursor.execute(f"DROP {one.target}")
            dropped.append(_label(one.key))
        else:
            _comment(cursor, one, replace(one.origin, retired_by=release))
    return dropped


def _validate(cursor: CursorWrapper, wanted: Definitions) -> None:
    """Let PostgreSQL check the bodies against each other and against the tables."""
    cursor.execute(
        _VALIDATORS, [[name for kind, name, _ in (one.key for one in wanted) if kind == "function"]]
    )
    for (statement,) in cursor.fetchall():
        cursor.execute(statement)
