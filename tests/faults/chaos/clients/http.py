"""Requests that are repeated, with the same idempotency key, until they are answered."""

import time
from typing import Any

import httpx

PAUSE = 0.1
AGAIN = {409, 425, 429, 500, 502, 503, 504}
"""Still running, too many, or broken: nothing is known yet, and the key makes it safe to ask again."""
PATIENCE = 240.0


class GaveUpError(Exception):
    """No answer within four minutes."""


def ask(
    client: httpx.Client,
    method: str,
    url: str,
    *,
    key: str = "",
    body: dict[str, Any] | None = None,
    file: bytes = b"",
) -> tuple[int, dict[str, Any]]:
    """Status and JSON of the first answer that says something.

    Args:
        client: who asks.
        method: of HTTP.
        url: below the client's own.
        key: makes it safe to ask again.
        body: JSON.
        file: a PNG that is sent as a form instead.

    Raises:
        GaveUpError: there was none.
    """
    headers = {"Idempotency-Key": key} if key else {}
    deadline, said = time.monotonic() + PATIENCE, "nothing"
    while time.monotonic() < deadline:
        try:
            files = {"file": ("picture.png", file, "image/png")} if file else None
            answer = client.request(method, url, headers=headers, json=body, files=files)
        except httpx.TransportError as error:
            said = repr(error)
            time.sleep(PAUSE)
            continue
        if answer.status_code not in AGAIN:
            return answer.status_code, answer.json()
        said = f"{answer.status_code} {answer.text[:200]}"
        time.sleep(min(float(answer.headers.get("retry-after", PAUSE)), 1.0))
    raise GaveUpError(f"{method} {url}: {said}")
