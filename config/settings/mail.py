"""Mail: by a server, or to the console and a folder."""

from urllib.parse import unquote, urlsplit

from config.settings.base import BASE_URL, ENV, SITE_NAME

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
