"""`make run`: everything on one machine, supervised, and stopped together.

PostgreSQL, then the twins and the one-time preparation, then the live process and the worker. Each child
leads a session of its own, so that Ctrl-C reaches only the supervisor, which stops them in order.
"""

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config import environment
from config.environment import Environment
from config.local.children import Child, clean_up_after
from config.local.output import Output
from config.local.postgres import Postgres, PostgresError

PYTHON = sys.executable
MANAGE = [PYTHON, "manage.py"]
LIVE = [
    *(PYTHON, "-m", "uvicorn", "config.asgi:application", "--no-access-log", "--log-level", "warning"),
    "--no-proxy-headers",
    # An open event stream would block the shutdown for ever.
    *("--timeout-graceful-shutdown", "3"),
]
WORKER = [*MANAGE, "procrastinate", "worker", "--shutdown-graceful-timeout", "3"]
LATENCY = "3"
"""Seconds that a twin's image takes: long enough to see previews arrive."""


class CannotStartError(Exception):
    """`make run` can't start; the sentence says why and what to do."""


class Supervisor:
    """Runs the children of one state directory until it is told to stop.

    Args:
        env: the checked environment; with `embedded`, PostgreSQL is one of the children.
    """

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.postgres = Postgres(env.state_dir) if env.embedded else None
        self.output = Output(env.log_format)
        self.pids = env.state_dir / "supervisor.pids"
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        """Start everything, print the addresses, supervise, and stop everything.

        Raises:
            CannotStartError: a port is taken, or a first step failed.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stopping.set)
        started = time.monotonic()
        clean_up_after(self.pids)
        children = self._children()
        for port in [child.port for child in children if child.port]:
            _refuse_taken(port)
        tasks: list[asyncio.Task[None]] = []
        try:
            if self.postgres:
                await asyncio.to_thread(self.postgres.acquire)
                tasks.append(asyncio.create_task(self._watch_postgres(self.postgres)))
            await self._prepare()
            tasks += [asyncio.create_task(child.watch()) for child in children]
            await self._until_stopped_or(self._all_ready(children))
            if not self.stopping.is_set():
                self._greet(time.monotonic() - started)
            tasks.append(asyncio.create_task(self._stopped()))
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                # None but the last ends by itself, except through a bug of ours.
                task.result()
        finally:
            self.output.say("stopping …")
            await asyncio.gather(*(child.stop() for child in children))
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self.postgres:
                await asyncio.to_thread(self._stop_postgres, self.postgres)
            self.pids.unlink(missing_ok=True)
            self.output.say("stopped")

    def _children(self) -> list[Child]:
        env, site, twins = (
            self.env,
            f"http://127.0.0.1:{self.env.port}",
            f"http://127.0.0.1:{self.env.sandbox_port}",
        )
        children = [
            Child(
                "live",
                [*LIVE, "--port", str(env.port)],
                self.pids,
                {"DATABASE_POOL": str(env.database_pool or 16)},
                address=f"{site}/healthz",
                output=self.output,
            ),
            Child("worker", WORKER, self.pids, output=self.output),
        ]
        if not (env.openai_api_key and env.fal_key and env.stripe_secret_key):
            told = {
                "SANDBOX_PORT": str(env.sandbox_port),
                "SANDBOX_LATENCY": os.environ.get("SANDBOX_LATENCY", LATENCY),
            }
            if not env.stripe_secret_key:
                told |= {
                    "SANDBOX_STATE": str(env.state_dir / "sandbox.json"),
                    "SANDBOX_WEBHOOK_URL": site + environment.WEBHOOK_PATH,
                    "SANDBOX_WEBHOOK_SECRET": environment.SANDBOX_WEBHOOK_SECRET,
                }
            children.append(
                Child(
                    "twins",
                    [PYTHON, "-m", "sandbox"],
                    self.pids,
                    environment=told,
                    address=f"{twins}/_control/openai/log",
                    output=self.output,
                )
            )
        return children

    async def _prepare(self) -> None:
        steps = [*MANAGE, "prepare", *(["--demo"] if self.env.embedded else [])]
        prepare = Child("prepare", steps, self.pids, output=self.output)
        code = await self._until_stopped_or(prepare.run_once())
        if self.stopping.is_set():
            await prepare.stop()
        elif code:
            raise CannotStartError(f"The preparation ended with {code}; its output is above.")

    async def _watch_postgres(self, postgres: Postgres) -> None:
        while True:
            await asyncio.sleep(0.5)
            if postgres.pid is None:
                self.output.say("PostgreSQL is gone; starting it again")
                # Tried again half a second later.
                with contextlib.suppress(PostgresError):
                    await asyncio.to_thread(postgres.acquire)

    def _stop_postgres(self, postgres: Postgres) -> None:
        with postgres.alone():
            postgres.leave()
            postgres.stop()

    async def _all_ready(self, children: list[Child]) -> None:
        for child in children:
            await child.ready.wait()

    async def _stopped(self) -> None:
        await self.stopping.wait()

    async def _until_stopped_or[T](self, work: Coroutine[Any, Any, T]) -> T | None:
        task, stopped = asyncio.create_task(work), asyncio.create_task(self._stopped())
        either: list[asyncio.Task[Any]] = [task, stopped]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if task.done():
            return task.result()
        task.cancel()
        return None

    def _greet(self, seconds: float) -> None:
        env = self.env
        lines = [f"{env.site_name} is ready after {seconds:.1f} s", "", f"  open      {env.base_url}/"]
        if env.embedded:
            lines += [
                "  sign in   demo@example.com      password create-with-io   (customer)",
                "            operator@example.com  password create-with-io   (operator, at /admin/)",
            ]
        if len(self._children()) > 2:  # noqa: PLR2004 -- more than live and worker
            lines.append(
                f"  twins     http://127.0.0.1:{env.sandbox_port}/   stand in for what has no key yet"
            )
        lines += [f"  state     {env.state_dir}", "  stop      Ctrl-C", ""]
        self.output.say("\n" + "\n".join(lines))


@contextmanager
def _only_one(state_dir: Path) -> Iterator[None]:
    state_dir.mkdir(parents=True, exist_ok=True)
    with (state_dir / "supervisor.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStartError(
                f"It is already running on {state_dir}. A second copy needs another STATE_DIR, PORT and SANDBOX_PORT."
            ) from None
        yield


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStartError(
                f"Port {port} is taken: set PORT and SANDBOX_PORT to free ones."
            ) from error


def main() -> None:
    """Run until Ctrl-C or SIGTERM; exit with code 1 if it could not start."""
    os.chdir(environment.ROOT)
    try:
        env = environment.read()
        with _only_one(env.state_dir):
            asyncio.run(Supervisor(env).run())
    except (ImproperlyConfigured, CannotStartError, PostgresError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
