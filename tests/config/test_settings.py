import runpy

import pytest
from django.core.exceptions import ImproperlyConfigured
from djstripe.models import WebhookEndpoint

from billing import webhook_endpoint
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

    def load(**environment):
        for name in Environment.__dataclass_fields__:
            monkeypatch.delenv(name.upper(), raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        try:
            runpy.run_path(str(ROOT / "config" / "settings.py"))
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
        ("CACHE_URL", "memcached://localhost"),
        ("BASE_URL", "create.example"),
        ("EMAIL_URL", "imap://mail.example"),
        ("OPENAI_BASE_URL", "ftp://api.example"),
        ("S3_ENDPOINT_URL", "https://s3.example"),
        ("DEBUG", "perhaps"),
        ("SENTRY_DSN", "not an address"),
        ("STRIPE_SECRET_KEY", "pk_live_publishable"),
        ("STRIPE_WEBHOOK_SECRET", "not a signing secret"),
    ],
)
def test_nonsense_stops_the_start_by_name(start, name, value):
    assert name in start(**{name: value})


def test_every_variable_is_in_the_example_and_every_example_is_read():
    listed = set()
    for line in (ROOT / ".env.example").read_text().splitlines():
        name = line.removeprefix("# ").partition("=")[0]
        if name.isupper():
            listed.add(name.lower())
    assert listed == set(Environment.__dataclass_fields__) - {"embedded"}


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
