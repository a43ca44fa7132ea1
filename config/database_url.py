"""DATABASE_URL, read so that each part of it is obeyed or refused by name.

libpq itself reports a wrong value only when it connects, and where a file of certificates can't be read or nothing
requires TLS it silently takes what it gets.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import PGconn

_UNKNOWN: Final = "invalid URI query parameter"
_ENCODE: Final = "special characters in user and password have to be percent-encoded"
_NUMBERS: Final = (
    "connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
)  # fmt: skip
_FILES: Final = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir")
_SYSTEM: Final = "system"
"""A value of sslrootcert that names no file: what this machine trusts."""
_VERIFYING: Final = ("sslrootcert", "sslcrl", "sslcrldir")
_REQUIRING: Final = ("require", "verify-ca", "verify-full")
_NOWHERE: Final = "/nonexistent"
"""No server's socket is there: libpq checks all parameters and then goes nowhere."""
_OURS: Final = {
    "client_encoding": ("UTF8", "UTF-8", "utf8", "utf-8"),
    "replication": ("false", "off", "no", "0"),
}
"""What we decide, with the values that agree."""
_WRITABLE: Final = ("any", "read-write", "primary")
_OPTION: Final = re.compile(r"(?:^|\s)(?:-c\s*|--)([A-Za-z_][\w.-]*)=")


def read(url: str, variable: str = "DATABASE_URL") -> dict[str, str]:
    """Return libpq's parameters of an address.

    Raises:
        ImproperlyConfigured: something in it can't be obeyed; the sentence says what and repeats no password.
    """
    try:
        given = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError as error:
        # libpq's own message, except for those that might repeat a password.
        said = str(error).strip() if str(error).startswith(_UNKNOWN) else _ENCODE
        raise ImproperlyConfigured(
            f"{variable} can't be read: {said}. It looks like postgresql://user:password@host:5432/name, with several "
            "hosts as host1:5432,host2:5432 and libpq's parameters behind a question mark."
        ) from None
    if not all(port.isdecimal() for port in given.get("port", "").split(",") if port):
        raise ImproperlyConfigured(f"{variable} can't be read: {_ENCODE}; or a port is no number.")
    if not given.get("dbname"):
        raise ImproperlyConfigured(f"{variable} names no database: postgresql://user:password@host:5432/name")
    for complaint in (
        _number(given),
        _ours(given),
        _libpq(given),
        _place(given),
        _file(given),
        _unverified(given),
    ):
        if complaint:
            raise ImproperlyConfigured(f"{variable} can't be obeyed: {complaint}.")
    return given


def option_names(options: str) -> set[str]:
    """Return the server's settings that libpq's `options` names, as the server writes them."""
    return {name.replace("-", "_").lower() for name in _OPTION.findall(options)}


def _number(given: Mapping[str, str]) -> str:
    wrong = [name for name in _NUMBERS if name in given and not given[name].isdecimal()]
    return f"{wrong[0]} is no number" if wrong else ""


def _ours(given: Mapping[str, str]) -> str:
    wrong = [name for name, agreeing in _OURS.items() if given.get(name, agreeing[0]) not in agreeing]
    return f"{wrong[0]} can only be {_OURS[wrong[0]][0]}" if wrong else ""


def _libpq(given: Mapping[str, str]) -> str:
    """Return libpq's own complaint about a value or about a number of hosts; it calls nobody for that."""
    places = len(given.get("host", "").split(","))
    elsewhere = {"host": ",".join([_NOWHERE] * places), "hostaddr": None, "service": None, "password": None}
    begun = PGconn.connect_start(make_conninfo("", **{**given, **elsewhere}).encode())
    said = begun.error_message.decode(errors="replace").strip()
    begun.finish()
    return "" if _NOWHERE in said or not said else said.partition("\n")[0]


def _place(given: Mapping[str, str]) -> str:
    attributes = given.get("target_session_attrs", "any")
    if attributes not in _WRITABLE:
        return f"target_session_attrs={attributes} leads to servers that can't be written to; use read-write"
    # What a service file says besides the address would be overridden by our own parameters.
    return "service is given; name the parameters here instead" if given.get("service") else ""


def _file(given: Mapping[str, str]) -> str:
    for name in _FILES:
        path = given.get(name, "")
        if path and not (name == "sslrootcert" and path == _SYSTEM) and not os.access(Path(path), os.R_OK):
            return f"there is no file for {name} at {path}, or it can't be read"
    return ""


def _unverified(given: Mapping[str, str]) -> str:
    """Complain where a certificate is to be verified and libpq would go on without TLS if that failed."""
    mode = given.get("sslmode", "prefer")
    wrong = [name for name in _VERIFYING if name in given and given[name] != _SYSTEM]
    if wrong and mode not in _REQUIRING:
        return f"{wrong[0]} is given, but sslmode={mode} goes on without TLS where it fails; add sslmode=verify-full"
    return ""
