import pytest
from django.db import connection
from django.utils import timezone

from config.observability import health

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_probe(monkeypatch):
    monkeypatch.setattr(health._Storage, "at", float("-inf"))


@pytest.fixture
def worker():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [timezone.now()])


def test_a_process_that_is_up_says_so(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_ready_when_everything_is_there(client, worker):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "checks": dict.fromkeys(("database", "migrations", "storage", "cache", "worker"), "ok"),
    }
    assert "no-store" in answer["Cache-Control"]


def test_not_ready_without_a_worker(client):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["worker"] == "none has reported for 30 seconds"


def test_not_ready_with_a_worker_that_fell_silent(client):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute')"
        )
    assert client.get("/readyz").status_code == 503


def test_not_ready_before_a_migration_is_applied(client, worker):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "1 not applied: run manage.py migrate"


def test_not_ready_where_files_can_not_be_written(client, worker, settings, tmp_path):
    (tmp_path / "media").write_text("a file in the folder's place")
    settings.MEDIA_ROOT = tmp_path / "media"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["storage"].startswith("not available")


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
