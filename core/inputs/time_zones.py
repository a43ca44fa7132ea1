"""Time zones that browsers tell us by name."""

import re
from datetime import UTC, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

COOKIE: Final = "time_zone"
"""Set by `static/js/components/relative-time.js`."""
_NAME = re.compile(r"[A-Za-z0-9+_-]{1,32}(/[A-Za-z0-9+_-]{1,32}){0,2}", re.ASCII)


def find(name: str) -> tzinfo:
    """Return the zone of an IANA name such as "Pacific/Kiritimati"; UTC for anything else."""
    if not _NAME.fullmatch(name):
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
