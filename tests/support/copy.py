"""A running copy of the whole product, as `make run` starts it, with a state directory and ports of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil

from config.environment import ROOT

START_SECONDS = 180.0
PATIENCE = 30.0


class Copy:
    """The supervisor and its children. `url` is the site, `twins` the sandbox, `state` where it keeps everything."""

    def __init__(self, state: Path, port: int, sandbox_port: int, **environment: str) -> None:
        self.state, self.url = state, f"http://127.0.0.1:{port}"
        self.twins = f"http://127.0.0.1:{sandbox_port}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(state),
            "STATE_DIR": str(state),
            "PORT": str(port),
            "SANDBOX_PORT": str(sandbox_port),
            **environment,
        }
        self.log = (state / "run.log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.supervisor"],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def said(self) -> str:
        """All that was logged."""
        return (self.state / "run.log").read_text()

    def manage(self, *words: str) -> str:
        """Run `manage.py` beside the copy; what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def living(self) -> list[psutil.Process]:
        """Every process of this copy, by the state directory in its environment or its command."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = (
                    process.environ().get("STATE_DIR") == str(self.state)
                    or str(self.state) in process.cmdline()
                )
            except psutil.Error:
                continue
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found

    def child(self, word: str) -> psutil.Process | None:
        """The child with this word in its command."""
        return next((process for process in self.living() if word in process.cmdline()), None)

    def wait_for(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Until the condition holds; the log is the message when it does not."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)

    def ready(self) -> bool:
        """Whether everything that the product needs answers."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """As Ctrl-C does; what does not end by itself is killed."""
        self.process.terminate()
        try:
            self.process.wait(20)
        finally:
            self.close()

    def close(self) -> None:
        """Kill whatever lives."""
        for process in self.living():
            process.kill()
        self.process.wait()
        self.log.close()
