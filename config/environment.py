"""The environment, read once and typed; nothing else in the product touches it.

Each variable is declared once, as a field of `Environment`: its name, type, default, sentence and what it must look
like. `.env.example` lists the same variables in the same words; a test compares the two. Instead of any variable,
`NAME_FILE` may name a file that holds its value, as Docker, Kubernetes and systemd hand secrets over.
"""

import dataclasses
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, get_type_hints
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, FileAwareEnv

from config import environment_checks

ROOT = Path(__file__).resolve().parent.parent
DEVELOPMENT_KEY = "development-only: set SECRET_KEY before anybody else can reach this machine"
SANDBOX_OPENAI_KEY = "sk-sandbox-createio"
SANDBOX_FAL_KEY = "sandbox:createio"
SANDBOX_STRIPE_KEY = "sk_test_createiosandbox0000000000"
SANDBOX_WEBHOOK_SECRET = "whsec_createiosandbox00000000000000"  # noqa: S105 -- the twin's, worth nothing

WEBHOOK_UUID = "7b1a4c1e-5d0a-4d6f-9a53-0c0ffee51ab1"
"""dj-stripe's name of our endpoint, part of its address; a secret guards it, not this."""
WEBHOOK_PATH = f"/stripe/webhook/{WEBHOOK_UUID}/"

STRIPE = "https://api.stripe.com"
RESTRICTED = "rk_"
NO_RESTRICTED_KEY = (
    "is a restricted key (rk_…), which can't be used: dj-stripe, which keeps Stripe's events, asks Stripe for the "
    "account behind the key, and Stripe allows that to no restricted key. Every webhook would fail, and paid "
    "purchases would stay without their credits. Use a secret key (sk_…)."
)
HTTPS: Final = "https://"
TEXT, JSON = "text", "json"
"""How lines of the log are written."""
SAMPLERS: Final = (
    *("always_on", "always_off", "traceidratio"),
    *("parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"),
)
"""Samplers that OpenTelemetry's specification names (sdk-environment-variables)."""
WEB: Final = (HTTPS, "http://")
FILE: Final = "_FILE"
"""Behind a variable's name: the file that holds its value."""
KEY: Final = "variable"
"""Under which a field's metadata has its `Variable`."""

type Plain = str | int | bool | tuple[str, ...]
type Default = Plain | Callable[[Mapping[str, Any]], Plain]


@dataclass(frozen=True, slots=True)
class Variable:
    """What is known of a variable besides its name and type.

    Attributes:
        default: what it is where nobody sets it; a function is given the variables above it.
        sentence: what it is for.
        begins: how a value that makes sense begins; an address of the web has to name a host, too.
        one_of: all values that make sense.
        least: the smallest number that makes sense.
        most: the largest.
    """

    default: Default
    sentence: str
    begins: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    least: int = 0
    most: int | None = None


def variable(default: Default, sentence: str, *, is_secret: bool = False, **limits: Any) -> Any:
    """Declare a field of `Environment`; see `Variable`. A secret stays out of the object's `repr`."""
    known = Variable(default, sentence, **limits)
    return dataclasses.field(repr=not is_secret, metadata={KEY: known})


def _address_of_port(known: Mapping[str, Any]) -> str:
    return f"http://127.0.0.1:{known['port']}"


def _loopback(known: Mapping[str, Any]) -> tuple[str, ...]:
    return ("127.0.0.1", "::1") if known["base_url"].startswith(HTTPS) else ()


def _is_local(known: Mapping[str, Any]) -> bool:
    """Whether only this machine reaches the site, and it is no production."""
    address = urlsplit(known["base_url"])
    return address.scheme == "http" and address.hostname in {"127.0.0.1", "localhost", "::1"}


def _is_reached(known: Mapping[str, Any]) -> bool:
    """Whether providers reach us: at an address of the web, or from this machine, where the twin is."""
    return known["base_url"].startswith(HTTPS) or not known["fal_key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Every variable that the product reads, checked.

    Those that name a service fall back to the local twin of that service, one by one: product code never asks which
    one it talks to.
    """

    # This machine
    state_dir: Path = variable(
        "var", "Where a machine with nothing installed keeps its database, files and mail."
    )
    port: int = variable(8000, "The port of `make run`.", least=1, most=65535)
    sandbox_port: int = variable(9100, "The port of the twins.", least=1, most=65535)

    # The site
    site_name: str = variable("CreateIO", "The product's name on pages and in mails.")
    base_url: str = variable(
        _address_of_port,
        "The address people type. With https://, the production rules apply.",
        begins=WEB,
    )
    allowed_hosts: tuple[str, ...] = variable(
        ("localhost", "127.0.0.1", "[::1]"), "Host names the site answers to, separated by commas."
    )
    trusted_proxies: tuple[str, ...] = variable(
        _loopback,
        "Addresses or networks of the proxies in front, which are believed; 127.0.0.1 and ::1 with https.",
    )
    secret_key: str = variable(
        "", "Signs sessions and links: 50 random characters or more in production.", is_secret=True
    )
    encryption_keys: tuple[str, ...] = variable(
        (),
        "Encrypt secrets that must be read again, such as those of webhooks: texts of 32 random characters or more, "
        "separated by commas. The first encrypts, all decrypt; SECRET_KEY where nothing is set.",
        is_secret=True,
    )
    debug: bool = variable(False, "Django's debug pages; refused in production.")
    plain_http_links: bool = variable(
        False, "Images are also read from http:// links; refused in production."
    )
    private_endpoints: bool = variable(
        _is_local,
        "Webhooks may go to this machine and to private networks, also over http; refused in production. "
        "True where nothing is set on a machine of one's own.",
    )

    # Data
    database_url: str = variable(
        "",
        "postgresql://user:password@host:5432/name?sslmode=require instead of the embedded server.",
        is_secret=True,
        begins=("postgresql://", "postgres://"),
    )
    database_direct_url: str = variable(
        "",
        "The database itself, where DATABASE_URL leads to a pooler in transaction mode.",
        is_secret=True,
        begins=("postgresql://", "postgres://"),
    )
    database_pool: int = variable(
        0, "Connections that the live (ASGI) process shares; 16 is a good number for it.", most=1000
    )
    cache_url: str = variable(
        "",
        "redis://host:6379/0 instead of the cache in the database.",
        is_secret=True,
        begins=("redis://", "rediss://", "unix://"),
    )
    s3_bucket: str = variable("", "Bucket for images instead of STATE_DIR/media.")
    s3_endpoint_url: str = variable("", "Address of an S3-compatible store that isn't Amazon's.", begins=WEB)
    aws_access_key_id: str = variable(
        "", "The bucket's key; without one Amazon's library looks for a profile or the machine's role."
    )
    aws_secret_access_key: str = variable("", "The secret of that key.", is_secret=True)
    aws_session_token: str = variable("", "What a temporary key needs besides.", is_secret=True)
    aws_default_region: str = variable(
        "", "The bucket's region, such as eu-central-1; us-east-1 where nobody says."
    )

    # Providers
    openai_api_key: str = variable("", "An OpenAI key instead of the twin.", is_secret=True)
    openai_base_url: str = variable("", "Another address that speaks OpenAI's protocol.", begins=WEB)
    fal_key: str = variable("", "A fal key instead of the twin.", is_secret=True)
    fal_admin_key: str = variable(
        "",
        "A fal key of the scope ADMIN, with which what fal keeps of deleted images is deleted; FAL_KEY where nothing is set.",
        is_secret=True,
    )
    fal_base_url: str = variable("", "Another address of fal's queue.", begins=WEB)
    provider_keys: Mapping[str, str] = variable(
        "",
        "Keys of further providers: NAME=key,NAME=key, by the names in their rows.",
        is_secret=True,
    )
    provider_webhooks: bool = variable(
        _is_reached, "Whether providers can reach BASE_URL to report finished images; true with https."
    )

    # Money
    stripe_secret_key: str = variable(
        "",
        "A Stripe secret key (sk_test_… or sk_live_…) instead of the twin.",
        is_secret=True,
        begins=("sk_",),
    )
    stripe_webhook_secret: str = variable(
        "", "The signing secret (whsec_…) of our endpoint at Stripe.", is_secret=True, begins=("whsec_",)
    )
    stripe_automatic_tax: bool = variable(False, "Let Stripe Tax add VAT or sales tax at checkout.")
    stripe_api_base: str = variable("", "Another address that speaks Stripe's protocol.", begins=WEB)

    # Mail and watching
    email_url: str = variable(
        "",
        "smtp://user:password@host:587 or smtps:// instead of console and STATE_DIR/mail.",
        is_secret=True,
        begins=("smtp://", "smtps://"),
    )
    sentry_dsn: str = variable(
        "", "Where errors are reported; nothing is reported without it.", is_secret=True
    )
    metrics_token: str = variable(
        "", "The bearer token for /metrics; without one, /metrics is closed.", is_secret=True
    )

    log_format: str = variable(
        TEXT,
        "How each process writes its log: text for people, or json, an object a line.",
        one_of=(TEXT, JSON),
    )
    otel_exporter_otlp_endpoint: str = variable(
        "",
        "Where traces are sent by OTLP over HTTP, such as http://127.0.0.1:4318; none are made without it.",
        begins=WEB,
    )
    otel_exporter_otlp_headers: Mapping[str, str] = variable(
        "",
        "What is sent along, such as a collector's key: name=value,name=value, with %20 for a space.",
        is_secret=True,
    )
    otel_traces_sampler: str = variable(
        "parentbased_always_on",
        "Which traces are kept: a sampler's name in OpenTelemetry's list.",
        one_of=SAMPLERS,
    )
    otel_traces_sampler_arg: str = variable("1.0", "The share that samplers by ratio keep, from 0 to 1.")

    @property
    def embedded(self) -> bool:
        """Whether the database is the one that comes with us."""
        return not self.database_url


VARIABLES: Final[Mapping[str, Variable]] = MappingProxyType(
    {field.name: field.metadata[KEY] for field in dataclasses.fields(Environment)}
)
"""What is known of each variable, by its field."""
TYPES: Final = get_type_hints(Environment)


def read() -> Environment:
    """Read and check the environment.

    Raises:
        ImproperlyConfigured: a variable is set to nonsense; the sentence names it.
    """
    env, values = FileAwareEnv(strip_whitespace=True), dict[str, Any]()
    try:
        for name, known in VARIABLES.items():
            default = known.default(values) if callable(known.default) else known.default
            values[name] = _read(env, name, default)
    except ValueError as error:
        raise ImproperlyConfigured(f"The environment does not make sense: {error}") from error
    _refuse_nonsense(values)
    return Environment(**values)


def _read(env: Env, name: str, default: Any) -> Any:
    """Read a variable as the type of its field asks for it."""
    told, kind = name.upper(), TYPES[name]
    if os.environ.get(f"{told}{FILE}"):
        _refuse_unclear(told)
    if kind is int:
        return env.int(told, default)
    if kind is bool:
        return env.bool(told, default)
    if kind is Path:
        return ROOT / env.str(told, default)  # an absolute path stays what it is
    if kind is str:
        text = env.str(told, default)
        return text.rstrip("/") if name == "base_url" else text
    if kind == tuple[str, ...]:
        return tuple(text.strip() for text in env.list(told, list(default)) if text.strip())
    try:
        return MappingProxyType(env.dict(told, {}))
    except ValueError:
        # What is wrong with it may be a secret.
        raise ImproperlyConfigured(f"{told} must be written as NAME=value,NAME=value.") from None


def _refuse_unclear(name: str) -> None:
    """Refuse a file that can't say what its variable is: an empty one would be taken for a variable that nobody set."""
    if os.environ.get(name):
        raise ImproperlyConfigured(f"{name} and {name}{FILE} are both set: keep one of them.")
    try:
        text = Path(os.environ[f"{name}{FILE}"]).read_text()
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(
            f"{name}{FILE} must be the path of a file with text in it that this process may read: {error}"
        ) from error
    if not text.strip():
        raise ImproperlyConfigured(f"{name}{FILE} names a file with nothing in it.")


def _refuse_nonsense(values: Mapping[str, Any]) -> None:
    if values["stripe_secret_key"].startswith(RESTRICTED):
        raise ImproperlyConfigured(f"STRIPE_SECRET_KEY {NO_RESTRICTED_KEY}")
    for name, known in VARIABLES.items():
        value = values[name]
        if known.most is not None and not known.least <= value <= known.most:
            raise ImproperlyConfigured(f"{name.upper()} must be between {known.least} and {known.most}.")
        if known.begins and value and not value.startswith(known.begins):
            raise ImproperlyConfigured(f"{name.upper()} must begin with {' or '.join(known.begins)}.")
        if known.one_of and value not in known.one_of:
            raise ImproperlyConfigured(f"{name.upper()} must be {' or '.join(known.one_of)}.")
        if known.begins == WEB and value and not urlsplit(value).hostname:
            raise ImproperlyConfigured(f"{name.upper()} names no host: {value!r}.")
    environment_checks.refuse_half(values)
    if not environment_checks.is_share(values["otel_traces_sampler_arg"]):
        raise ImproperlyConfigured("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, such as 0.1.")
    for proxy in values["trusted_proxies"]:
        if not environment_checks.is_network(proxy):
            raise ImproperlyConfigured(
                f"TRUSTED_PROXIES names proxies by address or network, such as 127.0.0.1 or 10.0.0.0/24; {proxy!r} is none."
            )
