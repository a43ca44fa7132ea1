"""The clients: started, started again when they are killed, and asked to come to an end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.environment import ROOT
from tests.faults.chaos import journal, place
from tests.faults.chaos.clients.client import STOP


@dataclass(slots=True)
class Member:
    """One client.

    Args:
        kind: the module that it runs.
        name: its own among all clients.
        arguments: what follows name, journal and seed.
        environment: on top of ours.
    """

    kind: str
    name: str
    arguments: list[str] = field(default_factory=list)
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def journal(self) -> Path:
        """Where it writes down what it was told."""
        return place.STATE / "journals" / f"{self.name}.jsonl"

    def start(self, seed: str) -> None:
        """Start it, or start it again; it goes on where its journal ends."""
        self.journal.parent.mkdir(exist_ok=True)
        command = [sys.executable, "-m", f"tests.faults.chaos.clients.{self.kind}"]
        with place.log().open("ab") as output:
            self.process = subprocess.Popen(
                [*command, self.name, str(self.journal), seed, *self.arguments],
                cwd=ROOT, env={**os.environ, **self.environment}, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip


class ClientFailedError(Exception):
    """A client ended by itself: what it was told made no sense. Its own words are in the log."""


class Crew:
    """All clients of a run."""

    def __init__(self, members: list[Member], seed: str) -> None:
        self.members, self.seed = members, seed

    def start(self) -> None:
        for member in self.members:
            member.start(self.seed)

    def pids(self) -> list[int]:
        return [
            member.process.pid for member in self.members if member.process and member.process.poll() is None
        ]

    def revive(self) -> None:
        """Start again who was killed.

        Raises:
            ClientFailedError: one ended otherwise.
        """
        for member in self.members:
            code = member.process.poll() if member.process else None
            if code == -signal.SIGKILL:
                member.start(self.seed)
            elif code is not None:
                raise ClientFailedError(f"{member.name} ended with {code}; see {place.log()}.")

    def operations(self) -> int:
        """How many operations were acknowledged so far."""
        return sum(
            member.journal.read_bytes().count(b"\n") for member in self.members if member.journal.exists()
        )

    def entries(self, kind: str) -> list[tuple[Member, journal.Entry]]:
        """What clients of one kind were told."""
        return [
            (member, entry)
            for member in self.members if member.kind == kind
            for entry in journal.read(member.journal)
        ]  # fmt: skip

    def finish(self, seconds: float) -> None:
        """Let everybody tell the last story to its end; who was killed meanwhile is started again for that.

        Raises:
            ClientFailedError: one did not come to an end, or ended badly.
        """
        self.members[0].journal.with_name(STOP).touch()
        deadline = time.monotonic() + seconds
        for member in self.members:
            while True:
                assert member.process is not None
                try:
                    code = member.process.wait(max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    self.kill()
                    raise ClientFailedError(f"{member.name} waits in vain; see {member.journal}.") from None
                if code == 0:
                    break
                if code != -signal.SIGKILL:
                    raise ClientFailedError(f"{member.name} ended with {code}; see {place.log()}.")
                member.start(self.seed)

    def kill(self) -> None:
        """End all of them at once."""
        for member in self.members:
            if member.process:
                member.process.kill()
                member.process.wait()
