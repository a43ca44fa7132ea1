"""Two versions of the code on one database, one state directory and one pair of twins, as during an upgrade."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import psycopg

from config import environment
from config.environment import ROOT
from tests.support import processes
from tests.support.environment import free_port
from tests.support.network.plain import NOBODY

RELEASED = ROOT / ".ci" / "released"
"""Names the commit of the last release."""
WORKER = ("manage.py", "procrastinate", "worker", "--shutdown-graceful-timeout", "3")
DRAWING = {"SANDBOX_LATENCY": "0.5", "SANDBOX_DETAIL": "64"}
START_SECONDS = 300.0
TASKS = "from procrastinate.contrib.django import app; print(*sorted(app.tasks))"
PERIODIC = """
import time
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
for one in app.periodic_registry.periodic_tasks.values():
    try:
        one.task.defer(timestamp=int(time.time()))
    except AlreadyEnqueued:
        pass
"""
SCENE = """
from allauth.account.models import EmailAddress
from django.utils import timezone
from accounts import tokens
from accounts.models import Membership, Role, Scope, User, Workspace
from billing import ledger
from billing.models import PricingTier
limits = [field.name for field in PricingTier._meta.fields if field.name.endswith("_per_minute")]
PricingTier.objects.update(**dict.fromkeys(limits, 100_000))
workspace = Workspace.objects.create(name="Alice's workspace", slug="alice")
alice = User.objects.create_user("alice@example.com", "create-with-io", name="Alice", verified_at=timezone.now())
EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
Membership.objects.create(workspace=workspace, user=alice, role=Role.OWNER)
User.objects.create_superuser("olga@example.com", "create-with-io", name="Olga")
ledger.grant(workspace, 10_000, key="plenty", reference="plenty", reason="For a test")
print(tokens.issue(workspace, name="load", scopes=list(Scope), user=alice)[1])
"""
"""Alice with her workspace and 10,000 credits, and Olga, who is an operator; no limit of requests is met. Prints a token."""
SIGN_IN = """
from django.conf import settings
from django.test import Client
from accounts.models import User
browser = Client()
browser.force_login(User.objects.get(email="{email}"))
print(settings.SESSION_COOKIE_NAME, browser.cookies[settings.SESSION_COOKIE_NAME].value)
"""


def released(folder: Path) -> bool:
    """Lay the code of the last release out in a folder; return False where this clone does not have it."""
    commit = RELEASED.read_text().strip()
    made = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=False)
    if made.returncode:
        return False
    subprocess.run(["tar", "--extract", "--directory", folder], input=made.stdout, check=True)
    return True


class Site:
    """What both versions share.

    Args:
        state: an empty folder.
        database_url: an empty database.
    """

    def __init__(self, state: Path, database_url: str) -> None:
        self.state, self.database_url = state, database_url
        port, sandbox = free_port(), free_port()
        self.told_at = f"http://127.0.0.1:{port}"
        self.twins = f"http://127.0.0.1:{sandbox}"
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "STATE_DIR": str(state),
            "DATABASE_URL": database_url,
            "PORT": str(port),
            "BASE_URL": self.told_at,
            "SANDBOX_PORT": str(sandbox),
            "PROVIDER_WEBHOOKS": "true",
            "LOG_LEVEL": "WARNING",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    @contextmanager
    def twins_running(self) -> Iterator[Self]:
        """Run today's twins; Stripe tells its news to whoever listens at the site's own port."""
        told = {
            **self.environment,
            **DRAWING,
            "SANDBOX_WEBHOOK_URL": self.told_at + environment.WEBHOOK_PATH,
            "SANDBOX_WEBHOOK_SECRET": environment.SANDBOX_WEBHOOK_SECRET,
        }
        command = [sys.executable, "-m", "sandbox"]
        ready = f"{self.twins}/_control/openai/log"
        with processes.started(command, lambda: processes.answers(ready), environment=told):
            yield self

    def rows(self, query: str) -> list[Any]:
        """What a query finds."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query).fetchall()


class Version:
    """The processes of one version.

    Args:
        name: stands in the names of its logs.
        folder: its code.
        site: what it shares with the other.
    """

    def __init__(self, name: str, folder: Path, site: Site) -> None:
        self.name, self.folder, self.site = name, folder, site
        self.web = self.live = ""
        self._more: dict[str, str] = {}

    def manage(self, *words: str) -> str:
        """What `manage.py` printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=self.folder, env={**os.environ, **self.site.environment},
            capture_output=True, text=True, check=False, timeout=900,
        )  # fmt: skip
        assert done.returncode == 0, f"{self.name} {words}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def shell(self, code: str) -> str:
        """What some code printed."""
        return self.manage("shell", "--no-imports", "-c", code)

    def tasks(self) -> set[str]:
        """The names of the tasks that it knows."""
        return set(self.shell(TASKS).split())

    def cookie(self, email: str) -> dict[str, str]:
        """The session of a browser in which that person is signed in."""
        name, value = self.shell(SIGN_IN.format(email=email)).split()
        return {name: value}

    @contextmanager
    def own_painter(self) -> Iterator[None]:
        """Let the twin of OpenAI that came with this version draw for its worker: today's is stricter, as OpenAI is."""
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        told = {**self.site.environment, "SANDBOX_PORT": str(port), **DRAWING}
        with processes.started(
            [sys.executable, "-m", "sandbox"], lambda: processes.answers(f"{address}/_control/openai/log"),
            environment=told, seconds=START_SECONDS, folder=self.folder,
        ):  # fmt: skip
            self._more = {"OPENAI_BASE_URL": f"{address}/openai/v1", "OPENAI_API_KEY": "sk-sandbox-createio"}
            yield

    @contextmanager
    def serving(self, *, is_told: bool = False) -> Iterator[None]:
        """Run its web and its live process; `is_told` for the one that hears Stripe."""
        with ExitStack() as stack:
            self.web = stack.enter_context(
                self._served("web", processes.WEB, self.site.told_at if is_told else "")
            )
            self.live = stack.enter_context(self._served("live", processes.LIVE))
            yield

    @contextmanager
    def working(self) -> Iterator[None]:
        """Run a worker of it."""
        with self._started("worker", [sys.executable, *WORKER]):
            yield

    def said(self) -> str:
        """The ends of what its processes logged."""
        logs = sorted(self.site.state.glob(f"{self.name}-*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in logs)

    @contextmanager
    def _served(self, role: str, command: tuple[str, ...], url: str = "") -> Iterator[str]:
        url = url or f"http://127.0.0.1:{free_port()}"
        told = [sys.executable, "-m", *command, "--port", url.rpartition(":")[2]]
        with self._started(role, told, f"{url}/healthz"):
            yield url

    @contextmanager
    def _started(self, role: str, command: list[str], asked: str = "") -> Iterator[None]:
        told = {**self.site.environment, **self._more, **({"DATABASE_POOL": "16"} if role == "live" else {})}
        with (
            (self.site.state / f"{self.name}-{role}.log").open("ab") as log,
            processes.started(
                command, lambda: not asked or processes.answers(asked),
                environment=told, output=log, seconds=START_SECONDS, folder=self.folder,
            ),
        ):  # fmt: skip
            yield


def client(url: str, token: str = "", cookies: dict[str, str] | None = None) -> httpx.Client:
    """Somebody who speaks to one process."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(
        base_url=url, headers=headers, cookies=cookies, timeout=90, verify=NOBODY, trust_env=False
    )
