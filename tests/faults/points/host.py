"""A process that forks one child for each life that is to be ended: a fork takes milliseconds, a start seconds.

It reads a line `{"path": …, "at": …, "arguments": {…}}`, and answers one: how the child ended, and the points it passed.
"""

import json
import os
import subprocess
import sys
import traceback
from dataclasses import dataclass
from typing import Any

from config.environment import ROOT


@dataclass(frozen=True, slots=True)
class Life:
    """How a child ended: by itself, killed, or by an exception whose words these are."""

    killed: bool
    points: list[str]
    words: str

    @property
    def died(self) -> str:
        """The name of the point at which it was killed."""
        return f"{len(self.points)}: {self.points[-1]}" if self.killed else ""


class Host:
    """The other end of the line.

    Args:
        database_url: where the children work.
    """

    def __init__(self, database_url: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.points.host"],
            cwd=ROOT, env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": database_url},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def live(self, path: str, at: int, arguments: dict[str, Any]) -> Life:
        """Let a child go along a path, and kill it at a point; 0 lets it come to its end."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"path": path, "at": at, "arguments": arguments}) + "\n")
        self.process.stdin.flush()
        return Life(**json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


def _live(path: str, at: int, arguments: dict[str, Any], paths: Any, hooks: Any) -> Life:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            hooks.install(hooks.Clock(at, writer))
            paths.PATHS[path].act(**arguments)
        except BaseException:  # noqa: BLE001 -- whatever it is, the test has to hear of it
            os.write(writer, ("!" + traceback.format_exc().replace("\n", "\n!")).encode())
            os._exit(1)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told = pipe.read().splitlines()
    _, status = os.waitpid(child, 0)
    return Life(
        killed=os.WIFSIGNALED(status),
        points=[line for line in told if not line.startswith("!")],
        words="\n".join(line[1:] for line in told if line.startswith("!")),
    )


def main() -> None:
    """Serve until the other end closes."""
    import django  # noqa: PLC0415 -- only this process needs it

    django.setup()
    from tests.faults.points import hooks, paths, warming  # noqa: PLC0415 -- models need Django's setup

    warming.warm()
    for line in sys.stdin:
        life = _live(**json.loads(line), paths=paths, hooks=hooks)
        sys.stdout.write(
            json.dumps({"killed": life.killed, "points": life.points, "words": life.words}) + "\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
