import dataclasses
import importlib
import itertools
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from djstripe.models import WebhookEndpoint

import config
from billing.stripe import webhook_endpoint
from config import environment
from config.checks import production_is_safe, webhooks_are_verified
from config.environment import ROOT, Environment

GOOD = {
    "BASE_URL": "https://create.example",
    "ALLOWED_HOSTS": "create.example",
    "SECRET_KEY": "gq5T1c0Xw8zUe3RkLh6VnB2yJm9PsAd4FoCi7KtEvNxZrWbMuY",
    "STRIPE_SECRET_KEY": "sk_live_0123456789012345678901234",
    "STRIPE_WEBHOOK_SECRET": "whsec_01234567890123456789012345",
}


@pytest.fixture
def start(monkeypatch):
    """What loading the settings says in an environment of these variables alone: nothing when all is well."""

    def load(**variables):
        for name in Environment.__dataclass_fields__:
            monkeypatch.delenv(name.upper(), raising=False)
            monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(config, "settings", None, raising=False)
        for name in [one for one in sys.modules if f"{one}.".startswith("config.settings.")]:
            monkeypatch.delitem(sys.modules, name)
        try:
            importlib.import_module("config.settings")
        except ImproperlyConfigured as error:
            return str(error)
        return ""

    return load


def test_starts_with_no_environment_at_all(start):
    assert start() == ""


def test_starts_in_production_when_told_everything(start):
    assert start(**GOOD) == ""


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"DEBUG": "true"}, "DEBUG is on"),
        ({"STRIPE_SECRET_KEY": "rk_live_0123456789012345678901234"}, "STRIPE_SECRET_KEY is a restricted key"),
        ({"PLAIN_HTTP_LINKS": "true"}, "PLAIN_HTTP_LINKS is on"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing or weak"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY is missing or weak"),
        ({"STRIPE_WEBHOOK_SECRET": ""}, "STRIPE_WEBHOOK_SECRET is missing"),
        ({"STRIPE_WEBHOOK_SECRET": "secret"}, "STRIPE_WEBHOOK_SECRET must begin"),
        ({"STRIPE_SECRET_KEY": "", "STRIPE_WEBHOOK_SECRET": ""}, "STRIPE_WEBHOOK_SECRET is missing"),
        ({"BASE_URL": "http://create.example"}, "BASE_URL is not https"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the host"),
        ({"ALLOWED_HOSTS": "other.example"}, "ALLOWED_HOSTS must name the host"),
    ],
)
def test_does_not_start_unsafe_in_production(start, change, sentence):
    assert sentence in start(**{**GOOD, **change})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eight thousand"),
        ("PORT", "70000"),
        ("SANDBOX_PORT", "0"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_POOL", "-1"),
        ("TRUSTED_PROXIES", "some"),
        ("TRUSTED_PROXIES", "1"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
        ("TRUSTED_PROXIES", "10.0.0.1,10.0.0.999"),
        ("AWS_ACCESS_KEY_ID", "a key without its secret"),
        ("AWS_SESSION_TOKEN", "a token without a key"),
        ("CACHE_URL", "memcached://localhost"),
        ("BASE_URL", "create.example"),
        ("EMAIL_URL", "imap://mail.example"),
        ("OPENAI_BASE_URL", "ftp://api.example"),
        ("S3_ENDPOINT_URL", "https://s3.example"),
        ("DEBUG", "perhaps"),
        ("SENTRY_DSN", "not an address"),
        ("STRIPE_SECRET_KEY", "pk_live_publishable"),
        ("STRIPE_WEBHOOK_SECRET", "not a signing secret"),
        ("LOG_FORMAT", "xml"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a key without its name"),
        ("PROVIDER_KEYS", "a key without its name"),
        ("OTEL_TRACES_SAMPLER", "some"),
        ("OTEL_TRACES_SAMPLER_ARG", "10%"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
        ("OTEL_TRACES_SAMPLER_ARG", "nan"),
    ],
)
def test_nonsense_stops_the_start_by_name(start, name, value):
    assert name in start(**{name: value})


def test_the_example_lists_every_variable_with_its_default_and_sentence(start):
    assert start() == ""
    defaults = environment.read()
    expected = set()
    for name, known in environment.VARIABLES.items():
        value = getattr(defaults, name) if callable(known.default) else known.default
        shown = ",".join(value) if isinstance(value, tuple) else str(value)
        shown = shown.lower() if isinstance(value, bool) else shown
        expected.add((f"# {known.sentence}", f"# {name.upper()}={shown}"))
    lines = (ROOT / ".env.example").read_text().splitlines()
    found = set(itertools.pairwise(lines))
    assert {pair for pair in found if pair[1].removeprefix("# ").partition("=")[0].isupper()} == expected


def test_the_example_is_valid_shell_with_every_line_put_in_force(tmp_path):
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = [line.removeprefix("# ") for line in lines if line.removeprefix("# ").partition("=")[0].isupper()]
    names = {line.partition("=")[0] for line in named}
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"} < names
    filled = [line.removeprefix("# ") if line.removeprefix("# ") in named else line for line in lines]
    (tmp_path / "env").write_text("\n".join(filled))
    said = subprocess.run(
        ["sh", "-euc", "set -a; . ./env; exec env -0"],
        cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=True,
    )  # fmt: skip
    assert said.stderr == b""
    told = dict(entry.split("=", 1) for entry in said.stdout.decode().strip("\0").split("\0"))
    assert {line.partition("=")[0]: line.partition("=")[2] for line in named}.items() <= told.items()


def test_variables_are_read_as_their_types(start):
    given = {
        "PORT": "8123",
        "DEBUG": "yes",
        "ALLOWED_HOSTS": "a.example,b.example",
        "STATE_DIR": "/somewhere",
    }
    assert start(**given, PROVIDER_KEYS="ONE=1,TWO=2", BASE_URL="http://a.example/") == ""
    read = environment.read()
    assert (read.port, read.debug, read.allowed_hosts) == (8123, True, ("a.example", "b.example"))
    assert (str(read.state_dir), read.base_url) == ("/somewhere", "http://a.example")
    assert dict(read.provider_keys) == {"ONE": "1", "TWO": "2"}
    with pytest.raises(dataclasses.FrozenInstanceError):
        read.port = 1


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"PORT": "8123"}, "base_url", "http://127.0.0.1:8123"),
        ({"BASE_URL": "https://create.example"}, "trusted_proxies", ("127.0.0.1", "::1")),
        ({"BASE_URL": "http://create.example"}, "trusted_proxies", ()),
        ({"TRUSTED_PROXIES": "10.0.0.7, 192.0.2.0/24"}, "trusted_proxies", ("10.0.0.7", "192.0.2.0/24")),
        ({"BASE_URL": "http://create.example", "FAL_KEY": "key"}, "provider_webhooks", False),
        ({"BASE_URL": "https://create.example", "FAL_KEY": "key"}, "provider_webhooks", True),
        ({"BASE_URL": "http://create.example"}, "provider_webhooks", True),
        ({"DATABASE_URL": "postgresql://u@h/d"}, "embedded", False),
        ({}, "embedded", True),
    ],
)
def test_some_defaults_follow_from_other_variables(start, given, name, value):
    start(**given)
    assert getattr(environment.read(), name) == value


def test_what_is_secret_is_in_no_traceback(start):
    secrets = {name: f"{'+'.join(known.begins[:1])}hush@x/1" for name, known in environment.VARIABLES.items()}
    hidden = {field.name for field in dataclasses.fields(Environment) if not field.repr}
    named = {name for name in secrets if name.endswith(("_key", "_keys", "_secret", "_token", "_dsn"))}
    others = {"database_url", "database_direct_url", "cache_url", "email_url", "otel_exporter_otlp_headers"}
    assert named | others == hidden
    secrets["aws_access_key_id"] = "the key's name"
    given = {
        name.upper(): secrets[name]
        for name in {*hidden, "aws_access_key_id"}
        - {"provider_keys", "sentry_dsn", "otel_exporter_otlp_headers"}
    }
    start(
        **given,
        SENTRY_DSN="https://hush@x/1",
        PROVIDER_KEYS="ONE=hush",
        OTEL_EXPORTER_OTLP_HEADERS="key=hush",
    )
    assert environment.read().provider_keys == {"ONE": "hush"}
    assert "hush" not in repr(environment.read())


def test_every_setting_of_every_subject_is_in_force():
    """`config.settings` names what it takes from each subject; what is not named there would not be read."""
    own, told = vars(importlib.import_module("config.settings")), {}
    for path in (ROOT / "config" / "settings").glob("[!_]*.py"):
        subject = vars(importlib.import_module(f"config.settings.{path.stem}"))
        told |= {name: value for name, value in subject.items() if name.isupper()}
    assert {name for name, value in told.items() if own.get(name) is not value} == set()


def test_other_validation_than_a_signature_is_refused(settings):
    settings.DJSTRIPE_WEBHOOK_VALIDATION = "none"
    assert any("must be verify_signature" in message.msg for message in production_is_safe(None))


def test_the_deployment_check_repeats_what_stops_the_start(settings):
    settings.DEBUG = True
    assert any("DEBUG" in message.msg for message in production_is_safe(None))


@pytest.mark.django_db
@pytest.mark.parametrize("careless", [{"djstripe_validation_method": "none"}, {"djstripe_tolerance": 0}])
def test_a_careless_webhook_endpoint_is_found(careless):
    webhook_endpoint.ensure()
    assert webhooks_are_verified(None, databases=["default"]) == []
    WebhookEndpoint.objects.update(**careless)
    assert [error.id for error in webhooks_are_verified(None, databases=["default"])] == ["createio.E002"]


def test_every_variable_may_stand_in_a_file(start, tmp_path):
    inline = {
        **GOOD,
        "DATABASE_URL": "postgresql://a:b@db.example/c",
        "METRICS_TOKEN": "of-a-scraper",
        "PORT": "8123",
        "PROVIDER_KEYS": "ONE=1,TWO=2",
        "S3_BUCKET": "images",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    told = {}
    for name, value in inline.items():
        (tmp_path / name).write_text(f"{value}\n")
        told[f"{name}_FILE"] = str(tmp_path / name)
    assert start(**inline) == ""
    expected = environment.read()
    assert start(**told) == ""
    assert environment.read() == expected
    options = config.settings.STORAGES["default"]["OPTIONS"]
    assert (options["access_key"], options["secret_key"]) == ("key", "secret")


@pytest.mark.parametrize("content", [None, b"", b"\n \n", b"\xff\xfe"])
def test_a_file_that_says_nothing_stops_the_start(start, tmp_path, content):
    """An empty DATABASE_URL would be the embedded server, where an empty file is somebody's mistake."""
    file = tmp_path / "url"
    if content is not None:
        file.write_bytes(content)
    said = start(DATABASE_URL_FILE=str(file))
    assert "DATABASE_URL_FILE" in said


def test_a_variable_and_its_file_are_not_both_believed(start, tmp_path):
    (tmp_path / "key").write_text("one")
    said = start(METRICS_TOKEN_FILE=str(tmp_path / "key"), METRICS_TOKEN="two")
    assert said == "METRICS_TOKEN and METRICS_TOKEN_FILE are both set: keep one of them."
