"""The file for support: what was found, and what of the installation explains it, without any secret."""

import dataclasses
import json
import os
import platform
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from config.doctor import installation
from config.doctor.findings import Finding
from config.environment import Environment
from config.observability.logs import SECRETS

USERINFO: Final = re.compile(r"(?<=://)[^/@\s]+(?=@)")
HIDDEN: Final = "…"
_TABLES: Final = """
    SELECT relname, greatest(reltuples, 0)::bigint, pg_total_relation_size(oid)
    FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
    ORDER BY pg_total_relation_size(oid) DESC LIMIT 30
"""
_JOBS: Final = "SELECT queue_name, status::text, count(*) FROM procrastinate_jobs GROUP BY 1, 2 ORDER BY 1, 2"
_SERVER: Final = """
    SELECT name, setting || coalesce(' ' || unit, '') FROM pg_settings
    WHERE source NOT IN ('default', 'override') AND name NOT LIKE '%%file%%' AND name NOT LIKE '%%conninfo%%' AND name NOT LIKE '%%command%%'
    ORDER BY name
"""
_CIRCUITS: Final = "SELECT provider_id, state, cause, failures FROM generation_circuit ORDER BY provider_id"


def write(path: Path, found: Mapping[str, Finding]) -> None:
    """Write the file, which only its owner may read.

    Raises:
        OSError: it can't be written, or there is one of that name.
    """
    text = json.dumps(contents(found), indent=1, ensure_ascii=False, default=str)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(redact(text))


def contents(found: Mapping[str, Finding]) -> dict[str, Any]:
    """Collect what the file holds."""
    return {
        "made_at": timezone.now().isoformat(),
        "findings": {name: dataclasses.asdict(one) for name, one in found.items()},
        "system": {"python": sys.version, "platform": platform.platform(), "cpus": os.cpu_count()},
        "packages": installation.package_versions(),
        "environment": _environment(),
        "database": {
            name: _rows(query)
            for name, query in {
                "settings": _SERVER,
                "tables": _TABLES,
                "jobs": _JOBS,
                "circuits": _CIRCUITS,
            }.items()
        },
    }


def redact(text: str) -> str:
    """Cut every secret of the environment, whatever looks like one, and users and passwords in addresses."""
    for secret in sorted(_secrets(), key=len, reverse=True):
        text = text.replace(json.dumps(secret)[1:-1], HIDDEN).replace(secret, HIDDEN)
    return SECRETS.sub(rf"\g<kept>{HIDDEN}", USERINFO.sub(HIDDEN, text))


def _environment() -> dict[str, str]:
    """Return each variable's value, or of a secret only whether it is set."""
    told = {}
    for field in dataclasses.fields(Environment):
        value = getattr(settings.ENV, field.name)
        is_secret = not field.repr or field.name == "aws_access_key_id"
        told[field.name.upper()] = ("set" if value else "not set") if is_secret else str(value)
    return told


def _secrets() -> set[str]:
    """Return the values of secret variables, and the secret parts of those that are addresses."""
    found: set[str] = set()
    for field in dataclasses.fields(Environment):
        if field.repr and field.name != "aws_access_key_id":
            continue
        value = getattr(settings.ENV, field.name)
        for one in value.values() if isinstance(value, Mapping) else [str(value)]:
            found.add(one)
            for userinfo in USERINFO.findall(one):
                found.update(userinfo.partition(":")[2:])
    known = settings.DATABASES["default"]
    found |= {str(known.get("PASSWORD") or ""), settings.SECRET_KEY}
    mailer: Mapping[str, Any] = settings.MAILERS["default"]
    found.add(str(mailer.get("OPTIONS", {}).get("password") or ""))
    return {one for one in found if len(one) >= 4}  # noqa: PLR2004 -- shorter ones are words


def _rows(query: str) -> list[Any] | str:
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return [list(row) for row in cursor.fetchall()]
    except Error as error:
        return f"could not be asked: {type(error).__name__}"
