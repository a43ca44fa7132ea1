import re
import socket
import time

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from config.observability import health, snapshots
from config.version import version
from tests.support.environment import free_port
from tests.support.network.smtp import mail_server

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_probes():
    for probe in health.probes.values():
        probe.forget()


@pytest.fixture
def worker():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [timezone.now()])


def test_a_process_that_is_up_says_so(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content.decode()) == (200, f"ok {version()}\n")


def test_ready_when_everything_is_there(client, worker):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    names = ("database", "migrations", "static", "storage", "cache", "mail", "worker", "backup", "snapshots")
    assert answer.json() == {"ready": True, "degraded": [], "checks": dict.fromkeys(names, "ok")}
    assert "no-store" in answer["Cache-Control"]


def degraded(client) -> list[str]:
    """What is missing, and no reason to send requests elsewhere."""
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    return answer.json()["degraded"]


def test_degraded_without_a_worker(client):
    assert degraded(client) == ["worker"]
    assert client.get("/readyz").json()["checks"]["worker"] == "none has reported for 30 seconds"


def test_degraded_with_a_worker_that_fell_silent(client):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute')"
        )
    assert degraded(client) == ["worker"]


def test_not_ready_before_a_migration_is_applied(client, worker):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "1 not applied: run manage.py migrate"


def test_not_ready_without_a_function_of_this_code(client, worker):
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION generation_cost_once CASCADE")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "functions not installed" in answer.json()["checks"]["migrations"]
    assert answer["Retry-After"]


def test_ready_beside_a_newer_schema(client, worker):
    """Every deployment has older code beside it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('billing', '9999_later', now())"
        )
    assert degraded(client) == []


def test_degraded_where_files_can_not_be_written(client, worker, settings, tmp_path):
    (tmp_path / "media").write_text("a file in the folder's place")
    settings.MEDIA_ROOT = tmp_path / "media"
    assert degraded(client) == ["storage"]


def test_degraded_where_no_mail_server_answers(client, worker, settings):
    with mail_server():
        assert degraded(client) == []
    health.probes["mail"].forget()
    options = {"host": "127.0.0.1", "port": free_port(), "timeout": 10}
    settings.MAILERS = {
        "default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}
    }
    assert degraded(client) == ["mail"]


def test_what_never_answers_is_not_waited_for(client, worker, settings, monkeypatch):
    """Silent is worse than gone: a balancer would take a probe that lasts for a process that is dead."""
    monkeypatch.setattr(health, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        options = {"host": "127.0.0.1", "port": silent.getsockname()[1], "timeout": 10}
        settings.MAILERS = {
            "default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}
        }
        began = time.monotonic()
        assert degraded(client) == ["mail"]
        assert degraded(client) == ["mail"]
        assert time.monotonic() - began < 2


def keep_a_snapshot(database_url: str) -> psycopg.Connection:
    """Somebody else's transaction that has read something."""
    other = psycopg.connect(database_url)
    other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    other.execute("SELECT 1 FROM django_migrations LIMIT 1")
    return other


def test_degraded_while_somebody_keeps_a_snapshot(client, worker, settings, database_url, monkeypatch):
    settings.METRICS_TOKEN = "a-token-for-the-scraper"
    with keep_a_snapshot(database_url):
        assert degraded(client) == []
        monkeypatch.setattr(snapshots, "LONGEST", -1)
        monkeypatch.setattr(snapshots, "MOST", -1)
        assert degraded(client) == ["snapshots"]
        words = client.get("/readyz").json()["checks"]["snapshots"]
        assert re.fullmatch(
            r"A session's transaction keeps a snapshot of \d+ minutes ago: .*", words.split("; ")[0]
        )
        text = client.get(
            "/metrics", headers={"Authorization": "Bearer a-token-for-the-scraper"}
        ).content.decode()
        (seconds,) = re.findall(r'createio_oldest_snapshot_seconds\{holder="session"\} (\S+)', text)
        assert 0 < float(seconds) < 60


def test_figures_only_for_whoever_shows_the_token(client, settings):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401
    settings.METRICS_TOKEN = "a-token-for-the-scraper"
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 401
    answer = client.get("/metrics", headers={"Authorization": "Bearer a-token-for-the-scraper"})
    assert answer.status_code == 200
    assert "createio_workers 0.0" in answer.content.decode()
    assert (
        'createio_request_seconds_count{method="GET",route="metrics",status="401"}' in answer.content.decode()
    )
