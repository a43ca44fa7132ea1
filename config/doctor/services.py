"""Cache, mail server, collector of traces, and workers."""

import smtplib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.db import Error
from redis.exceptions import RedisError

from config.doctor.findings import Finding, fault, ok, warning, words_of
from config.observability import health, span_export
from core.tls import ssl_context

MAIL_SECONDS: Final = 5.0
COLLECTOR_SECONDS: Final = 5.0


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


def traces() -> Finding:
    """Send the collector no spans at all, as an empty message; whoever takes that takes spans."""
    if not settings.ENV.otel_exporter_otlp_endpoint:
        return ok("OTEL_EXPORTER_OTLP_ENDPOINT is not set: no traces are made.")
    address = span_export.address()
    where = urlsplit(address).netloc.rpartition("@")[2]
    sent = span_export.headers() | {"Content-Type": "application/x-protobuf"}
    try:
        answer = httpx.post(
            address, headers=sent, content=b"", timeout=COLLECTOR_SECONDS, verify=ssl_context()
        )
    except (httpx.HTTPError, ValueError) as error:
        return fault(
            f"The collector of traces at {where} can't be reached: {type(error).__name__}: {words_of(error)}.",
            "Start it, or correct OTEL_EXPORTER_OTLP_ENDPOINT: it speaks OTLP over HTTP, mostly on port 4318, not gRPC (4317).",
        )
    if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return fault(
            f"The collector of traces at {where} refuses us ({answer.status_code}).",
            "Correct its key in OTEL_EXPORTER_OTLP_HEADERS.",
        )
    if answer.is_success:
        return ok(f"The collector of traces at {where} takes them.")
    return fault(
        f"The collector of traces at {where} answered {answer.status_code}.",
        "Correct OTEL_EXPORTER_OTLP_ENDPOINT: it is the address without /v1/traces.",
    )


def worker() -> Finding:
    """See whether a worker has reported lately."""
    said = health.WANTED["worker"]()
    if said != "ok":
        return fault(f"No worker is there: {said}. Orders wait.", "Start manage.py procrastinate worker.")
    return ok("A worker reports.")
