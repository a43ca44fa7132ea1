"""How tests talk to OpenAI's twin about what it shall do and what it has seen."""

from typing import Any

import httpx

from tests.support.plain import NOBODY


class OpenAITwin:
    """The control endpoints of OpenAI's twin."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=f"{url}/_control/openai", verify=NOBODY)

    def script(self, do: str, times: int = 1, **options: Any) -> None:
        self._client.post("/script", json=[{"do": do, "times": times, **options}]).raise_for_status()

    def calls(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = self._client.get("/log").raise_for_status().json()["calls"]
        return calls

    def close(self) -> None:
        self._client.close()
