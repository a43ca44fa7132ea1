"""The functions and triggers in the database: `migrate` installs them, and `/readyz` reports missing ones.

`config.schema.sql_files` reads what this code wants. The comment of an installed function or trigger says which text
it was made from, so only what changed is replaced. That comment also tells ours from those of extensions and
libraries: what has no such comment is never retired or dropped.

A function or trigger that no file defines any more is *retired* by the release that no longer defines it and
dropped by the next one, because the previous release's processes still use it while a deployment is under
way. For the same reason a changed signature is a new name.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Final, Self

from django.db import ProgrammingError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg import errors

from config.schema.sql_files import Definition, Definitions, InstallationError, Key, definitions, label

MARK: Final = "createio: "
REMEMBERED: Final = 20
"""Number of earlier texts that a comment keeps."""

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


@dataclass(frozen=True, slots=True)
class Origin:
    """The comment of an installed function or trigger.

    Attributes:
        source: digest of the statement that created it.
        earlier: digests of those before, the latest first.
        retired_by: the release that no longer defines it; empty while it is in use.
    """

    source: str
    earlier: tuple[str, ...] = ()
    retired_by: str = ""

    @classmethod
    def parse(cls, comment: str | None) -> Self | None:
        """Read a comment; None if it isn't one of ours."""
        if not comment or not comment.startswith(MARK):
            return None
        values = json.loads(comment.removeprefix(MARK))
        return cls(values["source"], tuple(values.get("earlier", ())), values.get("retired_by", ""))

    def __str__(self) -> str:
        values = {"source": self.source, "earlier": self.earlier, "retired_by": self.retired_by}
        return MARK + json.dumps({name: value for name, value in values.items() if value or name == "source"})

    def followed_by(self, digest: str) -> "Origin":
        """Make the origin after another text has replaced this one."""
        earlier = [one for one in (self.source, *self.earlier) if one and one != digest]
        return Origin(digest, tuple(earlier[:REMEMBERED]))


@dataclass(frozen=True, slots=True)
class Installed:
    """A function or a trigger of the database.

    Attributes:
        key: its name.
        target: its name in SQL, for COMMENT ON and DROP.
        origin: its comment; None if it isn't ours.
    """

    key: Key
    target: str
    origin: Origin | None


def missing(connection: BaseDatabaseWrapper, wanted: Definitions | None = None) -> list[str]:
    """List the functions and triggers that this code needs and the database has never had.

    A function whose text is newer than this code's is not missing: every deployment runs older code alongside.
    """
    wanted = definitions() if wanted is None else wanted
    with connection.cursor() as cursor:
        installed = _installed(cursor, wanted)
    return [one.label for one in wanted if not _knows(installed.get(one.key), one)]


def pending(connection: BaseDatabaseWrapper, wanted: Definitions | None = None) -> list[str]:
    """List what `install` would replace, retire or drop."""
    wanted = definitions() if wanted is None else wanted
    with connection.cursor() as cursor:
        installed = _installed(cursor, wanted)
    changed = [one.label for one in wanted if not _is_current(installed.get(one.key), one)]
    return changed + [
        label(one.key) for one in _undefined(installed, wanted) if _is_due(one, _release(wanted))
    ]


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


def _is_current(installed: Installed | None, wanted: Definition) -> bool:
    return bool(
        installed
        and installed.origin
        and (installed.origin.source, installed.origin.retired_by) == (wanted.digest, "")
    )


def _knows(installed: Installed | None, wanted: Definition) -> bool:
    """Return whether the installed one was made from this text, now or earlier."""
    return bool(
        installed
        and installed.origin
        and wanted.digest in {installed.origin.source, *installed.origin.earlier}
    )


def _undefined(installed: dict[Key, Installed], wanted: Definitions) -> list[Installed]:
    """Find ours that are not wanted, triggers before the functions that they call."""
    keys = {one.key for one in wanted}
    found = [one for key, one in installed.items() if one.origin and key not in keys]
    return sorted(found, key=lambda one: one.key, reverse=True)


def _release(wanted: Definitions) -> str:
    """Return a digest that identifies a set of definitions."""
    return hashlib.sha256("".join(sorted(one.digest for one in wanted)).encode()).hexdigest()[:16]


def _is_due(one: Installed, release: str) -> bool:
    """Return whether this release must act on one that no file defines: it isn't the one that retired it."""
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


def _comment(cursor: CursorWrapper, installed: Installed, origin: Origin) -> None:
    cursor.execute(f"COMMENT ON {installed.target} IS '{origin}'")


def _retire(cursor: CursorWrapper, undefined: list[Installed], release: str) -> list[str]:
    """Retire what no file defines, drop what an earlier release retired; return what was dropped."""
    dropped = []
    for one in undefined:
        if one.origin is None or not _is_due(one, release):
            continue
        if one.origin.retired_by:
            cursor.execute(f"DROP {one.target}")
            dropped.append(label(one.key))
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
