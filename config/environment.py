"""The environment, read once and typed; nothing else in the product touches it."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

ROOT = Path(__file__).resolve().parent.parent
DEVELOPMENT_KEY = "development-only: set SECRET_KEY before anybody else can reach this machine"
SANDBOX_OPENAI_KEY = "sk-sandbox-createio"
SANDBOX_FAL_KEY = "sandbox:createio"
SANDBOX_STRIPE_KEY = "sk_test_createiosandbox0000000000"
SANDBOX_WEBHOOK_SECRET = "whsec_createiosandbox00000000000000"  # noqa: S105 -- the twin's, worth nothing

WEBHOOK_UUID = "7b1a4c1e-5d0a-4d6f-9a53-0c0ffee51ab1"
"""dj-stripe's name of our endpoint, part of its address; a secret guards it, not this."""
WEBHOOK_PATH = f"/stripe/webhook/{WEBHOOK_UUID}/"

WEB = ("https://", "http://")
RESTRICTED = "rk_"
NO_RESTRICTED_KEY = (
    "is a restricted key (rk_…), which can't be used: dj-stripe, which keeps Stripe's events, asks Stripe for the "
    "account behind the key, and Stripe allows that to no restricted key. Every webhook would fail, and paid "
    "purchases would stay without their credits. Use a secret key (sk_…)."
)
BEGINNINGS = {
    "base_url": WEB,
    "openai_base_url": WEB,
    "fal_base_url": WEB,
    "stripe_api_base": WEB,
    "s3_endpoint_url": WEB,
    "database_url": ("postgresql://", "postgres://"),
    "cache_url": ("redis://", "rediss://", "unix://"),
    "email_url": ("smtp://", "smtps://"),
    "stripe_secret_key": ("sk_",),
    "stripe_webhook_secret": ("whsec_",),
}
"""How a value begins that makes sense."""
RANGES = {
    "port": (1, 65535),
    "sandbox_port": (1, 65535),
    "database_pool": (0, 1000),
    "trusted_proxies": (0, 10),
}


@dataclass(frozen=True, slots=True)
class Environment:
    """Every variable of `.env.example`, checked.

    Attributes that name a service fall back to the local twin of that service, one by one: product code never
    asks which one it talks to.
    """

    state_dir: Path
    port: int
    sandbox_port: int
    embedded: bool
    database_url: str
    database_pool: int
    cache_url: str
    secret_key: str
    allowed_hosts: list[str]
    base_url: str
    trusted_proxies: int
    debug: bool
    plain_http_links: bool
    openai_api_key: str
    openai_base_url: str
    fal_key: str
    fal_base_url: str
    provider_webhooks: bool
    provider_keys: dict[str, str]
    stripe_secret_key: str
    stripe_webhook_secret: str
    stripe_api_base: str
    stripe_automatic_tax: bool
    s3_bucket: str
    s3_endpoint_url: str
    email_url: str
    site_name: str
    sentry_dsn: str
    metrics_token: str


def read() -> Environment:
    """Read and check the environment.

    Raises:
        ImproperlyConfigured: a variable is set to nonsense; the sentence names it.
    """
    env = Env()
    try:
        state_dir = Path(env.str("STATE_DIR", "var"))
        state_dir = state_dir if state_dir.is_absolute() else ROOT / state_dir
        port, sandbox_port = env.int("PORT", 8000), env.int("SANDBOX_PORT", 9100)
        base_url = env.str("BASE_URL", f"http://127.0.0.1:{port}").rstrip("/")
        database_url = env.str("DATABASE_URL", "")
        values = Environment(
            state_dir=state_dir,
            port=port,
            sandbox_port=sandbox_port,
            embedded=not database_url,
            database_url=database_url,
            database_pool=env.int("DATABASE_POOL", 0),
            cache_url=env.str("CACHE_URL", ""),
            secret_key=env.str("SECRET_KEY", ""),
            allowed_hosts=env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"]),
            base_url=base_url,
            trusted_proxies=env.int("TRUSTED_PROXIES", 1 if base_url.startswith("https://") else 0),
            debug=env.bool("DEBUG", False),
            plain_http_links=env.bool("PLAIN_HTTP_LINKS", False),
            openai_api_key=env.str("OPENAI_API_KEY", ""),
            openai_base_url=env.str("OPENAI_BASE_URL", ""),
            fal_key=env.str("FAL_KEY", ""),
            fal_base_url=env.str("FAL_BASE_URL", ""),
            provider_webhooks=env.bool(
                "PROVIDER_WEBHOOKS", base_url.startswith("https://") or not env.str("FAL_KEY", "")
            ),
            provider_keys=env.dict("PROVIDER_KEYS", {}),
            stripe_secret_key=env.str("STRIPE_SECRET_KEY", ""),
            stripe_webhook_secret=env.str("STRIPE_WEBHOOK_SECRET", ""),
            stripe_api_base=env.str("STRIPE_API_BASE", ""),
            stripe_automatic_tax=env.bool("STRIPE_AUTOMATIC_TAX", False),
            s3_bucket=env.str("S3_BUCKET", ""),
            s3_endpoint_url=env.str("S3_ENDPOINT_URL", ""),
            email_url=env.str("EMAIL_URL", ""),
            site_name=env.str("SITE_NAME", "CreateIO"),
            sentry_dsn=env.str("SENTRY_DSN", ""),
            metrics_token=env.str("METRICS_TOKEN", ""),
        )
    except EnvError as error:
        raise ImproperlyConfigured(f"The environment does not make sense: {error}") from error
    _refuse_nonsense(values)
    return values


def _refuse_nonsense(values: Environment) -> None:
    if values.stripe_secret_key.startswith(RESTRICTED):
        raise ImproperlyConfigured(f"STRIPE_SECRET_KEY {NO_RESTRICTED_KEY}")
    for name, (least, most) in RANGES.items():
        if not least <= getattr(values, name) <= most:
            raise ImproperlyConfigured(f"{name.upper()} must be between {least} and {most}.")
    for name, beginnings in BEGINNINGS.items():
        value = getattr(values, name)
        if value and not value.startswith(beginnings):
            raise ImproperlyConfigured(f"{name.upper()} must begin with {' or '.join(beginnings)}.")
    for name in ("base_url", "openai_base_url", "fal_base_url", "stripe_api_base", "s3_endpoint_url"):
        value = getattr(values, name)
        if value and not urlsplit(value).hostname:
            raise ImproperlyConfigured(f"{name.upper()} names no host: {value!r}.")
    if values.sentry_dsn and not urlsplit(values.sentry_dsn).username:
        raise ImproperlyConfigured(
            "SENTRY_DSN must be the address that Sentry shows, with a key before the @."
        )
    if values.s3_endpoint_url and not values.s3_bucket:
        raise ImproperlyConfigured("S3_ENDPOINT_URL is set, but S3_BUCKET is not.")
