"""Parsing of how long a provider asks us to wait."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.utils import timezone


def seconds(headers: Mapping[str, str]) -> float | None:
    """Parse `retry-after-ms` or `Retry-After` (RFC 9110, section 10.2.3).

    Returns:
        Seconds, 0 or more; None if there is neither, or if it makes no sense.
    """
    try:
        if text := headers.get("retry-after-ms"):
            return _finite(float(text) / 1000)
        text = headers.get("retry-after") or ""
        if not text:
            return None
        if text.strip()[:1] in "+-0123456789.":
            return _finite(float(text))
        moment: datetime = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - timezone.now()).total_seconds())


def _finite(value: float) -> float | None:
    return max(0.0, value) if math.isfinite(value) else None
