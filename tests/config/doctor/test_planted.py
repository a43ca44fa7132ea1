"""Misconfigurations, planted one by one against real parts: each is a sentence that names it, and a cure."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.management import CommandError, call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.utils import timezone

from api.webhooks import endpoints
from config.doctor import checkup, database, installation, money, outgoing, providers, proxy, services
from config.doctor.findings import Check, Finding, State
from config.server import proxies
from config.version import version
from generation.models import Provider
from tests.support.environment import free_port
from tests.support.network.collector import collecting
from tests.support.network.smtp import mail_server
from tests.support.twins import FalTwin, OpenAITwin

pytestmark = pytest.mark.django_db
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def says(found: Finding, state: State, *words: str) -> None:
    """It is so bad, its sentence has all these words, and there is a cure unless all is well."""
    assert (found.state, bool(found.cure)) == (state, state in {State.FAULT, State.WARNING})
    for word in words:
        assert word in f"{found.sentence} {found.cure}"
    assert "\n" not in found.sentence + found.cure


def closed() -> str:
    """An address where nobody listens."""
    return f"127.0.0.1:{free_port()}"


# The installation


def test_packages_of_another_release(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    says(installation.version(), State.OK)
    pins = tmp_path / "base.txt"
    pins.write_text(
        "django==1.0 \\\n    --hash=sha256:0\nno-such-package==2 \\\nonly-there==1 ; sys_platform == 'win32' \\\n"
    )
    monkeypatch.setattr(installation, "PINS", pins)
    says(
        installation.version(),
        State.FAULT,
        "django",
        "instead of 1.0",
        "no-such-package missing",
        "pip install",
    )
    assert "only-there" not in installation.version().sentence


def test_a_folder_that_can_not_be_written_to(settings: Any, tmp_path: Path):
    says(installation.disk(), State.OK, "GB are free")
    (tmp_path / "media").write_text("a file in the folder's place")
    settings.MEDIA_ROOT = tmp_path / "media"
    says(installation.disk(), State.FAULT, "Nothing can be written", str(tmp_path / "media"))


def test_a_key_that_secrets_were_encrypted_with_is_missing(settings: Any, workspace: Any):
    settings.ENCRYPTION_KEYS = ("an old key that has enough characters",)
    endpoints.register(workspace, "http://127.0.0.1:9/", ["*"], is_test=False)
    says(installation.secrets(), State.OK)
    settings.ENCRYPTION_KEYS = ("a new key that has enough characters",)
    says(installation.secrets(), State.FAULT, "1 secrets", "ENCRYPTION_KEYS")
    with pytest.raises(CommandError, match="nothing was changed"):
        call_command("renew_secrets")
    settings.ENCRYPTION_KEYS = (*settings.ENCRYPTION_KEYS, "an old key that has enough characters")
    call_command("renew_secrets", stdout=StringIO())
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    says(installation.secrets(), State.OK)
    settings.PRODUCTION = True
    says(installation.secrets(), State.WARNING, "SECRET_KEY", "renew_secrets")


def test_calls_that_do_not_get_out(settings: Any, twin: str):
    settings.OPENAI_BASE_URL = f"{twin}/openai/v1"
    says(outgoing.calls(), State.OK, "127.0.0.1 answers")
    settings.OPENAI_BASE_URL = f"http://{closed()}/v1"
    says(outgoing.calls(), State.FAULT, "Webhooks can't be sent", "127.0.0.1", "firewall")
    settings.OPENAI_BASE_URL = "https://nowhere.invalid/v1"
    says(outgoing.calls(), State.FAULT, "nowhere.invalid can't be looked up", "HTTPS_PROXY")
    settings.PRIVATE_ENDPOINTS = False
    settings.OPENAI_BASE_URL = "https://127.0.0.1/v1"
    says(outgoing.calls(), State.SKIPPED, "private network")
    settings.OPENAI_BASE_URL = f"http://{closed()}/v1"
    says(outgoing.calls(), State.SKIPPED, "none to try")


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(installation, "LEAST_FREE", 2**80)
    says(installation.disk(), State.FAULT, "Only", "Make room")


def test_static_files_of_another_release(settings: Any, tmp_path: Path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "config.ui.collected.CollectedStaticFilesStorage"},
    }
    says(installation.static_files(), State.FAULT, "are missing", "manage.py prepare")


# The database


def test_a_migration_and_a_function_of_this_code_are_missing():
    says(database.schema(), State.OK)
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION generation_cost_once CASCADE")
        says(database.schema(), State.FAULT, "functions not installed", "manage.py prepare")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    says(database.schema(), State.FAULT, "1 not applied", "manage.py prepare")


def test_indexes_that_were_made_by_another_system():
    says(database.encoding(), State.OK, "UTF8")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_database SET datcollversion = '0.9' WHERE datname = current_database()")
    says(database.encoding(), State.FAULT, "0.9", "REINDEX")


@pytest.mark.parametrize(("seconds", "word"), [(40, "ahead of"), (-40, "behind")])
def test_a_clock_that_goes_wrong(seconds: float, word: str, monkeypatch: pytest.MonkeyPatch):
    says(database.clock(), State.OK)
    right = database.now
    monkeypatch.setattr(database, "now", lambda: right() + seconds)
    says(database.clock(), State.FAULT, "40 seconds", word, "chrony")


def test_no_worker():
    says(services.worker(), State.FAULT, "No worker", "procrastinate worker")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [timezone.now()])
    says(services.worker(), State.OK)


# Cache and mail


def test_a_cache_without_its_table():
    says(services.cache(), State.OK)
    with connection.cursor() as cursor:
        cursor.execute('DROP TABLE "cache"')
    says(services.cache(), State.FAULT, "can't be used", "manage.py prepare")


def test_redis_is_not_there(settings: Any):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"redis://{closed()}/0",
        }
    }
    says(services.cache(), State.FAULT, "can't be used")


def test_no_mail_server(settings: Any):
    host, _, port = closed().partition(":")
    settings.MAILERS = {"default": {"BACKEND": SMTP, "OPTIONS": {"host": host, "port": int(port)}}}
    says(services.mail_server(), State.FAULT, "ConnectionRefusedError", "EMAIL_URL")


@pytest.mark.parametrize("options", [{"use_tls": True}, {"username": "us", "password": "wrong"}])
def test_a_mail_server_that_takes_letters_otherwise(options: dict[str, Any], settings: Any):
    with mail_server():
        says(services.mail_server(), State.OK)
        settings.MAILERS["default"]["OPTIONS"] |= options
        says(services.mail_server(), State.FAULT, "can't be used", "EMAIL_URL")


def test_traces_that_nobody_takes(settings: Any):
    assert settings.ENV.otel_exporter_otlp_endpoint == ""
    says(services.traces(), State.OK, "not set")
    settings.ENV = replace(settings.ENV, otel_exporter_otlp_endpoint=f"http://{closed()}")
    says(services.traces(), State.FAULT, "can't be reached", "ConnectError", "4318")
    with collecting() as collector:
        settings.ENV = replace(settings.ENV, otel_exporter_otlp_endpoint=collector.url)
        says(services.traces(), State.OK, "takes them")
        assert collector.spans() == []
        collector.status = 401
        says(services.traces(), State.FAULT, "refuses us (401)", "OTEL_EXPORTER_OTLP_HEADERS")
        settings.ENV = replace(settings.ENV, otel_exporter_otlp_endpoint=f"{collector.url}/v1/traces")
        says(services.traces(), State.FAULT, "answered 404", "without /v1/traces")


# Stripe


def test_a_key_that_stripe_does_not_know(settings: Any, twin: str):
    says(money.key(), State.OK, "twin")
    settings.STRIPE_SECRET_KEY = "rk_test_restricted"
    says(money.key(), State.FAULT, "does not take the key", "STRIPE_SECRET_KEY")


def test_stripe_is_out_of_reach(settings: Any):
    settings.STRIPE_API_BASE = f"http://{closed()}"
    says(money.key(), State.FAULT, "can't be reached", "api.stripe.com")
    says(money.endpoint(), State.SKIPPED, "can't be asked")


def test_stripe_does_not_tell_us_what_happens(twin: str):
    says(money.endpoint(), State.FAULT, "no endpoint", "stripe_endpoint --fix")


# Providers


def provider(slug: str) -> Finding:
    by_name = {check.name: check for check in providers.checks()}
    return by_name[f"provider: {slug}"].ask()


@pytest.fixture
def catalogue(catalog: None, twin: str) -> str:
    return twin


def test_a_provider_without_a_key(catalogue: str, settings: Any):
    says(provider("fal"), State.OK, "twin")
    settings.FAL_KEY = ""
    says(provider("fal"), State.FAULT, "has no key", "FAL_KEY")


def test_keys_that_providers_do_not_take(catalogue: str, settings: Any):
    settings.FAL_KEY = "half-a-key"
    says(provider("fal"), State.FAULT, "does not take the key", "FAL_KEY")
    with closing(OpenAITwin(catalogue)) as openai:
        openai.script("status", status=401, match={"path": "/models"}, times=0)
    says(provider("openai"), State.FAULT, "does not take the key", "OPENAI_API_KEY")


def test_a_locked_account(catalogue: str):
    with closing(FalTwin(catalogue)) as fal:
        fal.script("status", status=403, match={"endpoint": "status"})
    says(provider("fal"), State.FAULT, "Exhausted balance")


def test_a_key_that_may_not_delete(catalogue: str):
    with closing(FalTwin(catalogue)) as fal:
        fal.script("status", status=403, message="Forbidden", match={"endpoint": "forget"})
    says(provider("fal"), State.WARNING, "not to delete", "docs/providers.md")
    says(provider("fal"), State.OK)


def test_providers_out_of_reach(catalogue: str, settings: Any):
    settings.FAL_BASE_URL = settings.OPENAI_BASE_URL = f"http://{closed()}"
    says(provider("fal"), State.FAULT, "does not answer", "firewall")
    says(provider("openai"), State.FAULT, "does not answer", "firewall")


def test_a_provider_of_another_code(catalogue: str):
    Provider.objects.filter(slug="fal").update(adapter="gone")
    says(provider("fal"), State.FAULT, "adapter gone", "openai")


# The proxy


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def web(
    settings: Any, trusted: list[str], before: Callable[[dict[str, Any]], None] = lambda environ: None
) -> Iterator[str]:
    """A web process in a thread, behind what `before` makes of requests."""
    settings.TRUSTED_PROXIES = trusted
    inner = proxies.wsgi(get_wsgi_application())

    def front(environ: dict[str, Any], start: Any) -> Any:
        before(environ)
        return inner(environ, start)

    with make_server("127.0.0.1", 0, front, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        settings.BASE_URL = f"http://127.0.0.1:{server.server_port}"
        settings.ALLOWED_HOSTS = ["127.0.0.1"]
        try:
            yield settings.BASE_URL
        finally:
            server.shutdown()
            thread.join()


def overwritten(environ: dict[str, Any]) -> None:
    environ["HTTP_X_FORWARDED_FOR"], environ["HTTP_X_FORWARDED_PROTO"] = "198.51.100.7", "https"


@pytest.fixture
def https(settings: Any) -> None:
    settings.SECURE = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def test_a_proxy_that_does_all(settings: Any, https: None):
    with web(settings, ["127.0.0.1"], overwritten):
        says(proxy.headers(), State.OK, "198.51.100.7", "https")


def test_a_proxy_that_passes_on_what_clients_claim(settings: Any):
    with web(settings, ["127.0.0.1"]):
        says(proxy.headers(), State.FAULT, "anybody may have any address", "$remote_addr")


def test_a_proxy_that_nobody_has_named(settings: Any, https: None):
    with web(settings, [], overwritten):
        says(proxy.headers(), State.FAULT, "https for http", "TRUSTED_PROXIES", "127.0.0.1")


def test_processes_with_another_key(settings: Any):
    with web(settings, ["127.0.0.1"], lambda environ: environ.update({"HTTP_X_CREATEIO_SEEN": "forged"})):
        says(proxy.headers(), State.FAULT, "SECRET_KEY")


def test_nothing_at_the_address(settings: Any):
    settings.BASE_URL = f"http://{closed()}"
    says(proxy.headers(), State.FAULT, "Nothing answers", "BASE_URL")


def test_strangers_are_not_told_how_they_arrive(client: Any):
    for claim in ("", "forged", "a:b:c"):
        answer = client.get("/healthz", headers={"X-CreateIO-Seen": claim})
        assert (answer.status_code, answer.content.decode()) == (200, f"ok {version()}\n")


# All of them


def test_who_never_answers_is_not_waited_for(settings: Any):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.BASE_URL = f"http://127.0.0.1:{silent.getsockname()[1]}"
        (found,) = checkup.answers([Check("proxy", proxy.headers, seconds=0.5)]).values()
    says(found, State.FAULT, "no answer within 0.5 seconds")


def test_a_check_that_fails_is_a_fault_without_its_secrets():
    def fails() -> Finding:
        raise RuntimeError("no\nwith sk_live_51Hxxxxxxxxxxxxxxxxxxxxxx")

    (found,) = checkup.answers([Check("it", fails)]).values()
    says(found, State.FAULT, "RuntimeError", "sk_live_…")
    assert "51H" not in found.sentence
