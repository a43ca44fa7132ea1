"""All checks, in the order of their lines, each bounded in seconds and all at the same time."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from django.db import connections

from config.doctor import database, installation, money, outgoing, providers, proxy, services, store
from config.doctor.findings import Check, Finding, State, fault, skipped, words_of
from config.observability.logs import SECRETS
from core.outputs import log_lines

CHECKS: Final = (
    Check("version", installation.version),
    Check("settings", installation.settings_in_force),
    Check("disk", installation.disk),
    Check("static files", installation.static_files),
    Check("schema", database.schema, needs_database=True),
    Check("secrets", installation.secrets, needs_database=True),
    Check("encoding", database.encoding, needs_database=True),
    Check("clock", database.clock, needs_database=True),
    Check("pooler", database.pooler, needs_database=True),
    Check("worker", services.worker, needs_database=True),
    Check("cache", services.cache),
    Check("mail", services.mail_server),
    Check("traces", services.traces),
    Check("outgoing calls", outgoing.calls, seconds=20.0),
    Check("store", store.rights, seconds=30.0),
    Check("store: public", store.is_private, seconds=20.0),
    Check("store: versions", store.versions, seconds=20.0),
    Check("Stripe: key", money.key, seconds=25.0),
    Check("Stripe: endpoint", money.endpoint, seconds=25.0),
    Check("proxy", proxy.headers),
)
MOST_LETTERS: Final = 600
"""Of what others say in an exception, that many letters are passed on."""
UNEXPECTED: Final = "Read the log, and docs/operations/README.md; send support the file that --bundle makes."


def examine() -> dict[str, Finding]:
    """Ask everything.

    Returns:
        What was found, by the name of the check; whatever looks like a secret is cut.
    """
    found = answers([Check("database", database.server)])
    there = found["database"].state is not State.FAULT
    checks = [*CHECKS, *(providers.checks() if there else [])]
    asked = answers([check for check in checks if there or not check.needs_database])
    away = skipped("The database can't be asked, so this can't be either.")
    found |= {check.name: asked.get(check.name, away) for check in checks}
    if not there:
        found["providers"] = skipped("They are rows of the database, which can't be asked.")
    return found


def answers(checks: Iterable[Check]) -> dict[str, Finding]:
    """Ask at the same time, and wait for each as long as it may take; whatever looks like a secret is cut."""
    asking = [(check.name, _Asking(check)) for check in checks]
    return {name: _clean(one.answer()) for name, one in asking}


def lines(found: Mapping[str, Finding]) -> Iterator[str]:
    """Write one line a check: its state, its name, the sentence and the cure."""
    for name, one in found.items():
        cure = f" → {one.cure}" if one.cure else ""
        yield f"{one.state:<9} {name:<17} {one.sentence}{cure}"


def counts(found: Mapping[str, Finding]) -> Mapping[State, int]:
    """Count the findings of each state."""
    return MappingProxyType({state: sum(one.state is state for one in found.values()) for state in State})


class _Asking:
    """A check on a thread of its own; one that does not answer in time is left behind."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._found: Finding | None = None
        self._thread = threading.Thread(target=self._run, name=f"doctor-{check.name}", daemon=True)
        self._thread.start()

    def answer(self) -> Finding:
        """Return what was found, or that nothing was in time."""
        self._thread.join(self._check.seconds)
        return self._found or fault(
            f"There was no answer within {self._check.seconds:g} seconds.",
            "Find out what holds it up: a firewall that drops packets, a name that leads nowhere, a machine that is too busy.",
        )

    def _run(self) -> None:
        try:
            self._found = self._check.ask()
        except Exception as error:  # noqa: BLE001 -- whatever is wrong is what was asked for
            said = words_of(error, MOST_LETTERS)
            self._found = fault(f"It failed: {type(error).__name__}: {said}", UNEXPECTED)
        finally:
            connections.close_all()


def _clean(found: Finding) -> Finding:
    sentence, cure = (
        SECRETS.sub(r"\g<kept>…", log_lines.escape(text)) for text in (found.sentence, found.cure)
    )
    return Finding(found.state, sentence, cure)
