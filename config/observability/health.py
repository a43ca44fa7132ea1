"""Health checks for load balancers, orchestrators and `make run`: is the process up, and can it work?"""

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import cache
from http import HTTPStatus

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core import signing
from django.core.cache import cache as shared_cache
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from procrastinate.contrib.django.models import ProcrastinateWorker
from redis.exceptions import RedisError

from config.backups import records
from config.observability import snapshots
from config.schema import server_version, sql_functions
from config.schema.sql_files import InstallationError
from config.ui import collected
from config.version import version
from core import mail
from core.database import clock
from generation.media import storage
from generation.media.storage import StorageError

WORKER_SILENCE = timedelta(seconds=30)
"""procrastinate's workers report every 10 seconds; after 30 it considers them dead, and so do we."""
STORAGE_SECONDS, MAIL_SECONDS, CACHE_SECONDS = 5.0, 30.0, 0.0
"""A probe costs calls to S3 or to the mail server: its result counts for that long."""
PATIENCE = 2.0
"""Seconds that a probe is waited for: whoever asks us whether we are ready waits no longer."""
RETRY_AFTER = 5
SEEN, SEEN_SALT, SEEN_SECONDS = "X-CreateIO-Seen", "config.doctor.proxy", 60
"""Header of a signed question how a request arrived, its signature's salt, and for how long it holds."""
TROUBLE = (Error, OSError, RedisError, BotoCoreError, ClientError, InstallationError, StorageError)

log = logging.getLogger("createio.health")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that the process is up, and its version, without checking anything else.

    To whoever knows our SECRET_KEY (`manage.py doctor`), it says how the request arrived.
    """
    if claim := request.headers.get(SEEN):
        with suppress(signing.BadSignature):
            signing.loads(claim, salt=SEEN_SALT, max_age=SEEN_SECONDS)
            return JsonResponse(
                {"address": request.META.get("REMOTE_ADDR", ""), "secure": request.is_secure()}
            )
    return HttpResponse(f"ok {version()}\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Report whether this process can answer requests, and what of the product does not work.

    The body is `{"ready": …, "degraded": [names], "checks": {name: "ok" or what is wrong}}`. The status is 503 where
    nothing can be answered: without the database, without a migration or function of this code, or without its static
    files. Everything else that is missing is named as degraded: sending the requests elsewhere would help nobody.
    Exception messages go to the log, not into the response.
    """
    ready, degraded, checks = state()
    body = {"ready": ready, "degraded": degraded, "checks": checks}
    if ready:
        return JsonResponse(body)
    headers = {"Retry-After": str(RETRY_AFTER)}
    return JsonResponse(body, status=HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)


def state() -> tuple[bool, list[str], dict[str, str]]:
    """Return whether this process can answer requests, the names of what is degraded, and what each check says."""
    checks = {"database": _ask(_database)}
    # Otherwise each of the others would wait for a connection too.
    is_there = checks["database"] == "ok"
    if is_there:
        # Side by side: whoever asks us waits for the slowest, not for their sum.
        for probe in probes.values():
            probe.begin()
    for name, check in {**NEEDED, **WANTED}.items():
        checks[name] = _ask(check) if is_there else "not asked"
    ready = is_there and all(checks[name] == "ok" for name in NEEDED)
    return ready, [name for name in WANTED if is_there and checks[name] != "ok"], checks


def _ask(check: Callable[[], str]) -> str:
    try:
        return check()
    except TROUBLE as error:
        log.warning("%s is not ready: %s", getattr(check, "__name__", "A probe").strip("_"), error)
        return f"not available ({type(error).__name__})"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        (told,) = cursor.fetchone() or ("0",)
    found = int(told) // 10_000
    return (
        "ok" if found >= server_version.NEEDED else f"PostgreSQL {found}: {server_version.NEEDED} is needed"
    )


def _migrations() -> str:
    missing = _known_migrations() - set(MigrationRecorder(connection).applied_migrations())
    if missing:
        return f"{len(missing)} not applied: run manage.py migrate"
    functions = sql_functions.missing(connection)
    return f"functions not installed ({len(functions)}): run manage.py migrate" if functions else "ok"


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)


def _static() -> str:
    return collected.missing() or "ok"


class Probe:
    """A question to another machine, asked on a thread of its own, by one thread at a time, every few seconds at most."""

    def __init__(self, name: str, ask: Callable[[], str | None], seconds: float) -> None:
        self._name, self._ask, self._seconds = name, ask, seconds
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Ask anew at the next call."""
        self._at = self._began = float("-inf")
        self._said, self._thread = "", threading.Thread()

    def begin(self) -> threading.Thread:
        """Ask, unless somebody is asking or the last answer is young."""
        with self._lock:
            if not self._thread.is_alive() and time.monotonic() - self._at > self._seconds:
                self._began = time.monotonic()
                self._thread = threading.Thread(target=self._run, name=f"probe-{self._name}", daemon=True)
                self._thread.start()
            return self._thread

    def __call__(self) -> str:
        """Return what the last answer was, or that there is none."""
        thread = self.begin()
        if thread.ident:
            thread.join(max(0.0, self._began + PATIENCE - time.monotonic()))
        return f"no answer within {PATIENCE:g} seconds" if thread.is_alive() else self._said

    def _run(self) -> None:
        try:
            said = self._ask() or "ok"
        except TROUBLE as error:
            log.warning("%s is not ready: %s", self._name, error)
            said = f"not available ({type(error).__name__})"
        self._said, self._at = said, time.monotonic()


def try_cache() -> str:
    """Write to the cache and read it back; return "ok" or what is wrong."""
    sent = os.urandom(8).hex()
    shared_cache.set("health", sent, 10)
    return "ok" if shared_cache.get("health") == sent else "forgets what it is told"


def _cache() -> str:
    """Ask the cache: on a thread of its own where it is another machine, which may not answer at all."""
    return probes["cache"]() if "cache" in probes else try_cache()


def _backup() -> str:
    return records.lateness(clock.now())


def _worker() -> str:
    alive = ProcrastinateWorker.objects.filter(last_heartbeat__gt=Now() - WORKER_SILENCE).exists()
    return "ok" if alive else f"none has reported for {WORKER_SILENCE.seconds} seconds"


def _snapshots() -> str:
    return snapshots.trouble() or "ok"


probes = {
    "storage": Probe("storage", storage.probe, STORAGE_SECONDS),
    "mail": Probe("mail", lambda: mail.probe(PATIENCE), MAIL_SECONDS),
    **({"cache": Probe("cache", try_cache, CACHE_SECONDS)} if settings.ENV.cache_url else {}),
}
NEEDED: dict[str, Callable[[], str]] = {"migrations": _migrations, "static": _static}
WANTED: dict[str, Callable[[], str]] = {
    "storage": probes["storage"],
    "cache": _cache,
    "mail": probes["mail"],
    "worker": _worker,
    "backup": _backup,
    "snapshots": _snapshots,
}
