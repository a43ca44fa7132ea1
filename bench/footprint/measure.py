"""The measurement: a small installation, idle and under load."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from django.conf import settings
from django.db import connection

from accounts import tokens
from accounts.models import Membership, Role, Scope, User, Workspace
from bench import processes, stage
from bench.footprint.roles import Taken, taken
from billing import ledger
from billing.models import PricingTier
from billing.plans.seeds import rate_limits
from config.environment import ROOT
from config.local.postgres import Postgres
from generation.models import Image, ImageStatus

RATE = float(os.environ.get("FOOTPRINT_RATE", "5"))
SECONDS = float(os.environ.get("FOOTPRINT_SECONDS", "60"))
IDLE_SECONDS = min(30.0, SECONDS)
DRAWING = 8.0
"""Seconds that an image takes at the upstream."""
WARM_IMAGES = 20
PATIENCE = 120.0
CREDITS = 1_000_000
EACH = 2.0
APART = "twins"
"""Nobody has them in production."""
KEPT = ROOT / "var" / "footprint.json"
HEAD = ("role", "processes", "idle PSS", "idle RSS", "idle CPU", "peak PSS", "peak RSS", "CPU at load")


@dataclass(frozen=True, slots=True)
class Window:
    """A role over a while: the most that it took, and its CPU in cores."""

    processes: int
    pss: float
    rss: float
    cores: float


def run(server: Postgres) -> None:
    """Measure, print and write."""
    token = _customer()
    web, live = stage.free_port(), int(os.environ["PORT"])
    with _product(server, web) as roots:
        _load(web, live, token, WARM_IMAGES)
        _wait_for_images(WARM_IMAGES)
        idle = _watch(roots, IDLE_SECONDS)
        before, wanted = _disk(), round(RATE * SECONDS)
        generator = subprocess.Popen(_command(web, live, token, wanted), cwd=ROOT)
        loaded = _watch(roots, SECONDS)
        if generator.wait(PATIENCE):
            raise RuntimeError("The load generator failed.")
        made = Image.objects.filter(status=ImageStatus.STORED).count() - WARM_IMAGES
        _wait_for_images(WARM_IMAGES + wanted)
        after = _disk()
    disk = {place: 1000 * (after[place] - before[place]) / wanted for place in before}
    print(_table(idle, loaded))
    print(f"\n{made} of {wanted} images were stored when the load ended; {os.cpu_count()} cores,")
    print(f"load average {os.getloadavg()[0]:.1f}.")
    print(
        f"1,000 images of this kind: {disk['images']:,.0f} MB of files, {disk['database']:,.0f} MB of database."
    )
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps({
        "rate": RATE, "seconds": SECONDS, "cores": os.cpu_count(), "load_average": os.getloadavg()[0],
        "idle": {role: _plain(one) for role, one in idle.items()},
        "loaded": {role: _plain(one) for role, one in loaded.items()},
        "mb_per_1000_images": disk,
    }, indent=2) + "\n")  # fmt: skip


def _customer() -> str:
    """A workspace that may order as much as it likes; its token."""
    PricingTier.objects.update(images_in_flight=1_000, **rate_limits(1_000_000, 1_000_000))
    workspace = Workspace.objects.create(name="Footprint", slug="footprint")
    user = User.objects.create_user("footprint@example.com", os.urandom(12).hex(), name="Footprint")
    Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    ledger.grant(workspace, CREDITS, key="footprint", reference="footprint")
    return tokens.issue(workspace, name="footprint", scopes=list(Scope), user=user)[1]


@contextmanager
def _product(server: Postgres, web: int) -> Iterator[dict[str, psutil.Process]]:
    """What `make run` starts, and a web process as `deploy/run` starts it; the processes of each role."""
    with ExitStack() as stack:
        upstream = stack.enter_context(processes.upstream(DRAWING))
        told = {"OPENAI_BASE_URL": f"http://127.0.0.1:{upstream}/v1", "OPENAI_API_KEY": "sk-bench"}
        supervisor = stack.enter_context(
            processes.running(
                "supervisor",
                ["-m", "config.local.supervisor"],
                port=int(os.environ["PORT"]),
                environment=told,
            )
        )
        command = [str(ROOT / "deploy/run"), "web", "--host", "127.0.0.1", "--port", str(web)]
        serving = stack.enter_context(processes.started("web", command, port=web, environment=told))
        found = {_role(child): child for child in supervisor.children()}
        assert server.pid
        yield {
            "web": serving,
            "live": found["uvicorn"],
            "worker": found["procrastinate"],
            "postgres": psutil.Process(server.pid),
            "supervisor": supervisor,
            APART: found["sandbox"],
        }


def _role(process: psutil.Process) -> str:
    words = process.cmdline()
    return next((word for word in ("uvicorn", "procrastinate", "sandbox") if word in words), "")


def _load(web: int, live: int, token: str, images: int) -> None:
    subprocess.run(_command(web, live, token, images), cwd=ROOT, check=True)


def _command(web: int, live: int, token: str, images: int) -> list[str]:
    told = [str(web), str(live), token, str(RATE), str(images / RATE)]
    return [sys.executable, "-m", "bench.footprint.steady", *told]


def _wait_for_images(images: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while (stored := Image.objects.filter(status=ImageStatus.STORED).count()) < images:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{stored} of {images} images are stored.")
        time.sleep(0.5)


def _watch(roots: Mapping[str, psutil.Process], seconds: float) -> dict[str, Window]:
    """Look every two seconds for a while."""
    began, looks = time.monotonic(), [taken(roots)]
    while time.monotonic() < began + seconds:
        time.sleep(EACH)
        looks.append(taken(roots))
    lasted = time.monotonic() - began
    return {role: _window([look[role] for look in looks], lasted) for role in roots}


def _window(looks: list[Taken], lasted: float) -> Window:
    return Window(
        processes=max(look.processes for look in looks),
        pss=max(look.pss for look in looks),
        rss=max(look.rss for look in looks),
        cores=(looks[-1].cpu - looks[0].cpu) / lasted,
    )


def _disk() -> dict[str, float]:
    """MB of files and of the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        database = cursor.fetchone()[0]
    files = sum(path.stat().st_size for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file())
    return {"images": files / 1e6, "database": database / 1e6}


def _plain(one: Window) -> dict[str, float]:
    return {"processes": one.processes, "pss_mb": one.pss, "rss_mb": one.rss, "cores": one.cores}


def _table(idle: Mapping[str, Window], loaded: Mapping[str, Window]) -> str:
    rows = [_cells(role, idle[role], loaded[role]) for role in idle]
    ours = [role for role in idle if role != APART]
    rows.append(_cells(f"all but {APART}", *(_all([kept[role] for role in ours]) for kept in (idle, loaded))))
    lines = [HEAD, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _all(windows: list[Window]) -> Window:
    return Window(
        sum(one.processes for one in windows),
        sum(one.pss for one in windows),
        sum(one.rss for one in windows),
        sum(one.cores for one in windows),
    )


def _cells(role: str, idle: Window, loaded: Window) -> tuple[str, ...]:
    return (
        role,
        str(loaded.processes),
        f"{idle.pss:,.0f} MB",
        f"{idle.rss:,.0f} MB",
        f"{idle.cores:.2f} cores",
        f"{loaded.pss:,.0f} MB",
        f"{loaded.rss:,.0f} MB",
        f"{loaded.cores:.2f} cores",
    )
