"""Tell whether a role on this machine is well, by the exit status: what containers ask every few seconds.

`health.py healthy web` asks `/healthz`, `health.py ready web` asks `/readyz`; a worker, which answers nobody, is well while
its event loop goes round. Without a role it is that of this container's first process. The standard library alone: it
starts in a twentieth of a second.
"""

import http.client
import os
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

PORTS = {"web": 8000, "live": 8001}
PROGRAMS = {"granian": "web", "uvicorn": "live", "procrastinate": "worker"}
PATHS = {"healthy": "/healthz", "ready": "/readyz"}
SECONDS = 4.0
SILENCE = 60.0
"""Seconds after which a worker that says nothing is not well; it says something every ten, also without a database."""


def main(words: list[str]) -> int:
    """Return 0 if it is well, 1 if not, 2 if nobody knows who is meant."""
    question, role = words[0], (words[1] if words[1:] else first_role())
    if role == "worker":
        return int(time.time() - heard_of_worker() > SILENCE)
    if role not in PORTS:
        sys.stderr.write(f"Nobody knows how {role or 'this'} is: name web, live or worker.\n")
        return 2
    port = int(words[2]) if words[2:] else PORTS[role]
    return int(not answers(port, PATHS[question]))


def first_role() -> str:
    """Return the role of this container's first process."""
    try:
        command = Path("/proc/1/cmdline").read_text()
    except OSError:
        return ""
    return next((role for program, role in PROGRAMS.items() if program in command), "")


def answers(port: int, path: str) -> bool:
    """Ask as a proxy would: by a host that ALLOWED_HOSTS names."""
    host = urlsplit(base_url()).hostname or "localhost"
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        asked.request("GET", path, headers={"Host": host})
        return asked.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        asked.close()


def base_url() -> str:
    """Return BASE_URL, from its variable or from the file that BASE_URL_FILE names."""
    if file := os.environ.get("BASE_URL_FILE"):
        try:
            return Path(file).read_text().strip()
        except OSError:
            return ""
    return os.environ.get("BASE_URL", "")


def heard_of_worker() -> float:
    """Return when the worker last said that it goes on, in seconds since 1970; see `config.worker.say_alive`."""
    try:
        return (Path(tempfile.gettempdir()) / f"createio-worker-{os.getuid()}").stat().st_mtime
    except OSError:
        return 0.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
