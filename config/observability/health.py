"""Health checks for load balancers, orchestrators and `make run`: is the process up, and can it work?"""

import logging
import os
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache

from botocore.exceptions import BotoCoreError, ClientError
from django.core.cache import cache as shared_cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from procrastinate.contrib.django.models import ProcrastinateWorker
from redis.exceptions import RedisError

from config.schema import sql_functions
from config.schema.sql_files import InstallationError

WORKER_SILENCE = timedelta(seconds=30)
"""procrastinate's workers report every 10 seconds; after 30 it considers them dead, and so do we."""
STORAGE_SECONDS = 5.0
"""A probe of the storage costs calls to S3: its result is cached that long."""

log = logging.getLogger("createio.health")


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer that the process is up, without checking anything else."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Report whether everything that a customer's request needs is available.

    The body is `{"ready": …, "checks": {name: "ok" or what is wrong}}`; the status is 503 if something is
    missing. Exception messages go to the log, not into the response.
    """
    checks = {"database": _ask(_database)}
    # Otherwise each of the others would wait for a connection too.
    is_there = checks["database"] == "ok"
    for check in (_migrations, _storage, _cache, _worker):
        checks[check.__name__.strip("_")] = _ask(check) if is_there else "not asked"
    ready = set(checks.values()) == {"ok"}
    return JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)


def _ask(check: Callable[[], str]) -> str:
    try:
        return check()
    except (Error, OSError, RedisError, BotoCoreError, ClientError, InstallationError) as error:
        log.warning("%s is not ready: %s", check.__name__.strip("_"), error)
        return f"not available ({type(error).__name__})"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    missing = _known_migrations() - set(MigrationRecorder(connection).applied_migrations())
    if missing:
        return f"{len(missing)} not applied: run manage.py migrate"
    functions = sql_functions.missing(connection)
    return f"functions not installed ({len(functions)}): run manage.py migrate" if functions else "ok"


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)


class _Storage:
    """The last probe of the storage and when it was made."""

    at: float = float("-inf")
    said: str = ""


def _storage() -> str:
    if time.monotonic() - _Storage.at > STORAGE_SECONDS:
        _Storage.said = _probe_storage()
        _Storage.at = time.monotonic()
    return _Storage.said


def _probe_storage() -> str:
    sent = os.urandom(16)
    name = default_storage.save(f"health/{socket.gethostname()}-{os.getpid()}", ContentFile(sent))
    try:
        with default_storage.open(name) as file:
            return "ok" if file.read() == sent else "reads something else than was written"
    finally:
        default_storage.delete(name)


def _cache() -> str:
    sent = os.urandom(8).hex()
    shared_cache.set("health", sent, 10)
    return "ok" if shared_cache.get("health") == sent else "forgets what it is told"


def _worker() -> str:
    since = timezone.now() - WORKER_SILENCE
    alive = ProcrastinateWorker.objects.filter(last_heartbeat__gt=since).exists()
    return "ok" if alive else f"none has reported for {WORKER_SILENCE.seconds} seconds"
