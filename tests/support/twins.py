"""The twins of OpenAI, fal and Stripe: one process per test process, put back to the start for each test.

The classes are how tests tell a provider's twin what it shall do, and ask what it has seen.
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from django.conf import settings

from tests.support.network.plain import NOBODY
from tests.support.processes import answers, started

DETAIL = 64
"""Pixels along its longer side that a picture is drawn with, which takes a fifth of the time of a whole one."""


@pytest.fixture(scope="session")
def twin_process() -> Iterator[str]:
    """Run `python -m sandbox` on this process's own port, which the settings point at already."""
    url: str = settings.SANDBOX
    told = {
        "SANDBOX_PORT": str(settings.ENV.sandbox_port),
        "SANDBOX_LATENCY": "0",
        "SANDBOX_DETAIL": str(DETAIL),
    }
    command = [sys.executable, "-m", "sandbox"]
    with started(command, lambda: answers(f"{url}/_control/openai/log"), environment=told):
        yield url


@pytest.fixture
def twin(twin_process: str) -> str:
    """Give the twins' address, with nothing scripted and nothing remembered."""
    httpx.post(f"{twin_process}/_control/reset", verify=NOBODY).raise_for_status()
    return twin_process


class ProviderTwin:
    """The control endpoints of one twin."""

    name = ""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx.Client(base_url=f"{url}/_control/{self.name}", verify=NOBODY)

    def script(self, do: str, times: int = 1, **options: Any) -> None:
        self._client.post("/script", json=[{"do": do, "times": times, **options}]).raise_for_status()

    def limit(self, per_minute: int | None, input_images: int | None = None) -> None:
        told = {"per_minute": per_minute, "input_images": input_images}
        self._client.post("/limit", json=told).raise_for_status()

    def drop(self) -> None:
        """Drop the script; what it holds goes on."""
        self._client.delete("/script").raise_for_status()

    def reset(self) -> None:
        """Let all twins at this address forget everything."""
        httpx.post(f"{self._url}/_control/reset", verify=NOBODY).raise_for_status()

    def calls(self, **wanted: str) -> list[dict[str, Any]]:
        found = self._client.get("/log", params=wanted).raise_for_status()
        calls: list[dict[str, Any]] = found.json()["calls"]
        return calls

    def checks(self) -> list[dict[str, Any]]:
        """Calls of the moderation endpoint, which are free and logged apart."""
        checks: list[dict[str, Any]] = self._client.get("/checks").raise_for_status().json()["calls"]
        return checks

    def close(self) -> None:
        self._client.close()


class OpenAITwin(ProviderTwin):
    """Each call is a paid one."""

    name = "openai"


class FalTwin(ProviderTwin):
    """Submissions are the paid calls."""

    name = "fal"

    def submissions(self) -> list[dict[str, Any]]:
        return self.calls(endpoint="submit")

    def submit(self, model: str, headers: Mapping[str, str] | None = None, **arguments: Any) -> str:
        """Make a request as a worker does that dies at once; its id."""
        answer = httpx.post(
            f"{self._url}/fal/queue/{model}",
            json=arguments,
            headers={**(headers or {}), "Authorization": "Key sandbox:createio"},
            verify=NOBODY,
        )
        request: str = answer.raise_for_status().json()["request_id"]
        return request

    def concurrency(self, most: int) -> None:
        """Let it work on so many requests at once."""
        self._client.post("/concurrency", json={"most": most}).raise_for_status()

    def ahead(self, seconds: float) -> None:
        """Set its clock ahead."""
        self._client.post("/clock", json={"ahead": seconds}).raise_for_status()

    def signed(self, request: str, body: bytes, *, at: int = 0) -> dict[str, str]:
        """The headers of a webhook with that body, signed so many seconds from now."""
        answer = self._client.post("/sign", params={"request_id": request, "at": at}, content=body)
        headers: dict[str, str] = answer.raise_for_status().json()
        headers.pop("content-type")
        return headers
