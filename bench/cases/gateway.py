"""Images through the OpenAI-compatible endpoint: stored, checked and billed, beside forwarding them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from accounts import tokens
from accounts.models import Membership, Role, Scope, User
from bench import crowd, load, processes, stage
from bench.figures import Figure, beside
from billing.models import PricingTier
from billing.plans.seeds import rate_limits
from config.environment import ROOT
from config.local.supervisor import LIVE, WORKER

CONNECTIONS = 64
WARM_UP, WARM, OURS_SECONDS = 15.0, 3.0, 3.0
IMAGES_BAR, LATENCY_BAR = 0.06, 24.0
EMAIL = "bench@example.com"


@dataclass(frozen=True, slots=True)
class Place:
    """Who listens where."""

    passthrough: int
    product: int
    token: str


def measure() -> list[Figure]:
    with _running() as place:
        _ask(place.product, place.token, 4, 0, WARM_UP)  # the worker begins, imports, connections
        found = beside(
            lambda: _ask(place.product, place.token, CONNECTIONS, WARM, OURS_SECONDS * load.seconds())[0],
            lambda: _ask(place.passthrough, "-", CONNECTIONS, 1, load.seconds())[0],
            load.rounds(),
        )
        # The upstream takes no time, so that all of an answer's time is added.
        alone = beside(
            lambda: 1e6 * _ask(place.product, place.token, 1, 1, load.seconds())[1],
            lambda: 1e6 * _ask(place.passthrough, "-", 1, 0.5, load.seconds() / 2)[1],
            load.rounds(),
        )
    return [
        Figure(
            "images_vs_passthrough",
            found.ratio,
            "of a pass-through",
            f"{found.ours:.1f} images/s",
            found.anchor,
            "answers/s",
            IMAGES_BAR,
        ),
        Figure(
            "added_latency",
            alone.ratio,
            "times a pass-through's",
            f"{alone.ours:,.0f} us",
            alone.anchor,
            "us",
            LATENCY_BAR,
            at_least=False,
        ),
    ]


@contextmanager
def _running() -> Iterator[Place]:
    workspace = crowd.workspaces()[0]
    PricingTier.objects.update(images_in_flight=1_000, **rate_limits(1_000_000, 1_000_000))
    user = User.objects.create_user(EMAIL, os.urandom(12).hex(), name="Bench")
    Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    _, token = tokens.issue(workspace, name="bench", scopes=list(Scope), user=user)
    product, passthrough = stage.free_port(), stage.free_port()
    with ExitStack() as stack:
        upstream = stack.enter_context(processes.upstream(0))
        told = {
            "OPENAI_BASE_URL": f"http://127.0.0.1:{upstream}/v1",
            "OPENAI_API_KEY": "sk-bench",
            "DATABASE_POOL": "16",
        }
        anchor = ["-m", "bench.passthrough", str(passthrough), str(upstream)]
        stack.enter_context(processes.running("passthrough", anchor, port=passthrough))
        live = [*LIVE[1:], "--port", str(product)]
        stack.enter_context(processes.running("live", live, port=product, environment=told))
        stack.enter_context(processes.running("worker-gateway", WORKER[1:], environment=told))
        yield Place(passthrough, product, token)


def _ask(port: int, token: str, connections: int, warm: float, seconds: float) -> tuple[float, float]:
    """Answers a second, and the median of the seconds that one took."""
    command = [
        sys.executable,
        "-m",
        "bench.client",
        str(port),
        token,
        str(connections),
        str(warm),
        str(seconds),
    ]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(f"The load generator failed:\n{ran.stderr[-2000:]}")
    rate, median = ran.stdout.split()
    return float(rate), float(median)
