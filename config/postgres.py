"""Where the embedded PostgreSQL of a machine with nothing installed lives."""

import hashlib
import os
from pathlib import Path


def socket_dir(state_dir: Path) -> Path:
    """The folder of the server's Unix socket: short, since a socket's path may have 107 bytes at most."""
    name = hashlib.sha256(str(state_dir.resolve()).encode()).hexdigest()[:16]
    return Path(f"/tmp/createio-{os.getuid()}-{name}")  # noqa: S108 -- mode 700, made by the supervisor
