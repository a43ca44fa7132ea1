"""Cache, mail server and workers."""

import smtplib
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.db import Error
from redis.exceptions import RedisError

from config.doctor.findings import Finding, fault, ok, warning, words_of
from config.observability import health

MAIL_SECONDS: Final = 5.0


def cache() -> Finding:
    """Write to the cache, and read it back."""
    where = "The cache at CACHE_URL" if settings.ENV.cache_url else "The cache in the database"
    cure = (
        "Start Redis, or correct CACHE_URL; without it sign-in limits count nothing."
        if settings.ENV.cache_url
        else "Run manage.py prepare, which makes its table."
    )
    try:
        said = health.try_cache()
    except (RedisError, OSError, Error) as error:
        return fault(f"{where} can't be used: {words_of(error)}.", cure)
    return ok(f"{where} remembers.") if said == "ok" else fault(f"{where} {said}.", cure)


def mail_server() -> Finding:
    """Connect to the mail server, and sign in as for a letter; none is sent."""
    mailer: Mapping[str, Any] = settings.MAILERS["default"]
    options = mailer.get("OPTIONS", {})
    host = options.get("host")
    if not host:
        told = "EMAIL_URL is not set: letters go to the log and to STATE_DIR/mail."
        return warning(told, "Set EMAIL_URL.") if settings.PRODUCTION else ok(told)
    where = f"{host}:{options['port']}"
    speak = smtplib.SMTP_SSL if options.get("use_ssl") else smtplib.SMTP
    try:
        with speak(host, options["port"], timeout=MAIL_SECONDS) as server:
            if options.get("use_tls"):
                server.starttls()
            if options.get("username"):
                server.login(options["username"], options.get("password", ""))
            server.noop()
    except smtplib.SMTPAuthenticationError as error:
        return fault(
            f"The mail server {where} refuses user or password ({error.smtp_code}).",
            "Correct them in EMAIL_URL.",
        )
    except OSError as error:
        return fault(
            f"The mail server {where} can't be used: {type(error).__name__}: {words_of(error)}.",
            "Correct EMAIL_URL: smtps:// for TLS from the start (465), smtp:// for STARTTLS (587); let its port out by the firewall.",
        )
    return ok(f"The mail server {where} answers.")


def worker() -> Finding:
    """See whether a worker has reported lately."""
    said = health.WANTED["worker"]()
    if said != "ok":
        return fault(f"No worker is there: {said}. Orders wait.", "Start manage.py procrastinate worker.")
    return ok("A worker reports.")
