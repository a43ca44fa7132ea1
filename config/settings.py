"""Settings, computed from `config.environment` alone."""

import sys
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.config import Config
from django.core.exceptions import ImproperlyConfigured

from config import database, environment, postgres, production, unfold

ENV = environment.read()
ROOT = environment.ROOT
SANDBOX = f"http://127.0.0.1:{ENV.sandbox_port}"

# The site
SITE_NAME = ENV.site_name
BASE_URL = ENV.base_url
DEBUG = ENV.debug
PLAIN_HTTP_LINKS = ENV.plain_http_links
SECRET_KEY = ENV.secret_key or environment.DEVELOPMENT_KEY
ALLOWED_HOSTS = ENV.allowed_hosts
SECURE = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "config.admin_apps.OperatorAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "config.apps.StaticFilesConfig",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "djstripe",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "rest_framework",
    "storages",
    "accounts",
    "billing",
    "generation",
    "gallery",
    "api",
]

MIDDLEWARE = [
    "config.request_id.RequestIdMiddleware",
    "accounts.legible.LegibleMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.static_files.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "api.handlers.refused_bodies",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.WorkspaceMiddleware",
    "api.handlers.UnavailableMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["config.templatetags.look"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context_processors.site",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Data
EMBEDDED = ENV.embedded
_pool = {
    "min_size": 2,
    "max_size": ENV.database_pool,
    "timeout": database.POOL_SECONDS,
    "reconnect_timeout": database.POOL_SECONDS,
}
_connection = database.parameters(
    ENV.database_url, postgres.socket_dir(ENV.state_dir), is_worker=sys.argv[1:2] == ["procrastinate"]
)
if ENV.database_pool:
    _connection["OPTIONS"]["pool"] = _pool
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        # Threads of an ASGI process come and go, and so would their connections: there a pool keeps them.
        "CONN_MAX_AGE": 0 if ENV.database_pool else 60,
        "CONN_HEALTH_CHECKS": True,
        **_connection,
    }
}
WORKSPACE_SHARE = max(2, ENV.database_pool // 4)  # requests of one workspace that a process answers at once
CACHES: dict[str, dict[str, Any]]
if ENV.cache_url:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": ENV.cache_url}
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }

STATIC_URL = "/static/"
STATIC_ROOT = ENV.state_dir / "static"
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = ENV.state_dir / "media"
MEDIA_URL = "/media/"
if ENV.s3_bucket:
    _files = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": ENV.s3_bucket,
            "endpoint_url": ENV.s3_endpoint_url or None,
            # A store that is silent costs seconds, not the minutes that are the library's default.
            "client_config": Config(
                signature_version="s3v4",
                s3={"addressing_style": "path" if ENV.s3_endpoint_url else "auto"},
                connect_timeout=3,
                read_timeout=10,
                retries={"mode": "standard", "total_max_attempts": 2},
                max_pool_connections=50,
            ),
            "default_acl": None,
            "querystring_expire": 600,
        },
    }
else:
    _files = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
# Whether zips, which may be gigabytes, are fetched from the storage by addresses that it signs.
STORAGE_SIGNS = bool(ENV.s3_bucket)
STORAGES = {
    "default": _files,
    "staticfiles": {"BACKEND": "config.stylesheets.BundlingStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Mail
if ENV.email_url:
    _mail = urlsplit(ENV.email_url)
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {
                "host": _mail.hostname,
                "port": _mail.port or (465 if _mail.scheme == "smtps" else 587),
                "username": unquote(_mail.username or ""),
                "password": unquote(_mail.password or ""),
                "use_ssl": _mail.scheme == "smtps",
                "use_tls": _mail.scheme == "smtp" and _mail.hostname not in {"localhost", "127.0.0.1"},
                "timeout": 10,
            },
        }
    }
else:
    MAILERS = {
        "default": {
            "BACKEND": "config.mail.ConsoleAndFileBackend",
            "OPTIONS": {"file_path": str(ENV.state_dir / "mail")},
        }
    }
DEFAULT_FROM_EMAIL = f"{SITE_NAME} <hello@{urlsplit(BASE_URL).hostname}>"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Who
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]  # knows permissions, too
PASSWORD_HASHERS = [  # memory-hard, and a quarter of PBKDF2's time
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "studio"
LOGOUT_REDIRECT_URL = "landing"
OPERATORS_NEED_MFA = SECURE  # a demo on this machine has none to lose
ALLAUTH_TRUSTED_PROXY_COUNT = ENV.trusted_proxies  # who speaks https for us also says whom for
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_FORMS = {"signup": "accounts.sign_up.SignUpForm"}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {  # what is not named keeps allauth's limit; 3 guesses at each code
    "reset_password": "20/m/ip,5/h/key",
    "request_login_code": "20/m/ip,3/m/key,6/h/key",
    "confirm_email": "1/10s/key,6/h/key",
    "reauthenticate": "10/m/user,40/h/user",
    "proof_code": "3/m/user,6/h/user",
    "change_password": "5/m/user,20/h/user",  # asks for the old one
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900  # seconds for which fresh proof lasts; see accounts.proof
MFA_ADAPTER = "accounts.mfa_adapter.MFAAdapter"
MFA_FORMS = {
    "add_webauthn": "accounts.passkey_forms.AddForm",
    "signup_webauthn": "accounts.passkey_forms.SignUpForm",
    "authenticate_webauthn": "accounts.passkey_forms.AuthenticateForm",
    "login_webauthn": "accounts.passkey_forms.LoginForm",
    "reauthenticate_webauthn": "accounts.passkey_forms.ReauthenticateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
USERSESSIONS_TRACK_ACTIVITY = False  # it writes at every request; accounts.presence writes every few minutes

# Safety
CSP_STRICT = {
    "default-src": ["'none'"],
    "script-src": ["'self'", "<CSP_NONCE_SENTINEL>"],
    "style-src": ["'self'", "<CSP_NONCE_SENTINEL>"],
    "img-src": ["'self'", "data:", "blob:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "media-src": ["'self'"],
    "manifest-src": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'", "https://checkout.stripe.com"],
    "object-src": ["'none'"],
}
SECURE_CSP = CSP_STRICT
CSP_OPERATORS = {  # django-unfold's Alpine.js evaluates expressions and sets styles; the admin alone may
    **CSP_STRICT,
    "script-src": ["'self'", "<CSP_NONCE_SENTINEL>", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())
SECURE_SSL_REDIRECT = False  # the proxy in front does it; /healthz is asked by plain HTTP
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # which asks for that redirect
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
X_FRAME_OPTIONS = "DENY"

# Money
STRIPE_SECRET_KEY = ENV.stripe_secret_key or environment.SANDBOX_STRIPE_KEY
STRIPE_WEBHOOK_SECRET = ENV.stripe_webhook_secret or (
    "" if ENV.stripe_secret_key else environment.SANDBOX_WEBHOOK_SECRET
)
STRIPE_API_BASE = ENV.stripe_api_base or (
    "https://api.stripe.com" if ENV.stripe_secret_key else f"{SANDBOX}/stripe"
)
STRIPE_WEBHOOK_UUID = environment.WEBHOOK_UUID
STRIPE_API_VERSION = "2026-08-26.dahlia"
STRIPE_LIVE_MODE = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
STRIPE_LIVE_SECRET_KEY = STRIPE_SECRET_KEY if STRIPE_LIVE_MODE else ""
STRIPE_TEST_SECRET_KEY = "" if STRIPE_LIVE_MODE else STRIPE_SECRET_KEY
if STRIPE_API_BASE != "https://api.stripe.com":
    STRIPE_API_HOST = STRIPE_API_BASE
    SILENCED_SYSTEM_CHECKS.append(
        "djstripe.W002"
    )  # meant here; config/checks.py says what production may have
    CSP_STRICT["form-action"].append(STRIPE_API_BASE.removesuffix("/stripe"))  # where the twin's pay page is
STRIPE_AUTOMATIC_TAX = ENV.stripe_automatic_tax
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
DJSTRIPE_WEBHOOK_VALIDATION = "verify_signature"
PRODUCTION = SECURE or STRIPE_LIVE_MODE  # where a mistake costs strangers their money or their secrets
CURRENCY = "usd"

# Providers: a Provider row names the settings that hold its key and its address
OPENAI_API_KEY = ENV.openai_api_key or environment.SANDBOX_OPENAI_KEY
OPENAI_BASE_URL = ENV.openai_base_url or (
    "https://api.openai.com/v1" if ENV.openai_api_key else f"{SANDBOX}/openai/v1"
)
FAL_KEY = ENV.fal_key or environment.SANDBOX_FAL_KEY
FAL_BASE_URL = ENV.fal_base_url or ("https://queue.fal.run" if ENV.fal_key else f"{SANDBOX}/fal/queue")
FAL_WEBHOOK_URL = f"{BASE_URL}/fal/webhook" if ENV.provider_webhooks else ""
FAL_JWKS_URL = (
    "https://rest.fal.ai/.well-known/jwks.json"
    if ENV.fal_key
    else f"{SANDBOX}/fal/rest/.well-known/jwks.json"
)
PROVIDER_KEYS = ENV.provider_keys  # of providers that are rows alone, by the names that their rows give
PROVIDER_SETTINGS = frozenset(
    {"OPENAI_API_KEY", "OPENAI_BASE_URL", "FAL_KEY", "FAL_BASE_URL", "FAL_WEBHOOK_URL"}
)

# Partners
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.authentication.TokenAuthentication",
        "api.authentication.BrowserAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.Scoped"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "api.problems.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{SITE_NAME} API",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "DESCRIPTION": "Order images, watch them being made, and read what was charged. Guides: /developers.",
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

# Operators
UNFOLD = unfold.UNFOLD

# Work
PROCRASTINATE_ON_APP_READY = "config.worker.prepare"
PROCRASTINATE_WORKER_DEFAULTS = {
    "concurrency": 500,  # calls that wait for a provider cost next to nothing
    "delete_jobs": "successful",
    "fetch_job_polling_interval": 1.0,  # a retry that is due is not announced, only found
}

# Watching
METRICS_TOKEN = ENV.metrics_token
SENTRY_DSN = ENV.sentry_dsn
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.LineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Our own line per request says the same and names the request.
        "django.request": {"level": "ERROR"},
        "django.server": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "stripe": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        "pyvips": {"level": "WARNING"},
    },
}

# What nobody may run in production stops the start, not just `check --deploy`.
if PRODUCTION and (_complaints := production.complaints(globals())):
    raise ImproperlyConfigured("\n".join(("This is production, and it is not safe:", *_complaints)))
