"""Agents: the official client of the protocol, over HTTP, against the live process."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult

LEGACY, MODERN = "legacy", "auto"
"""With a handshake, as clients before the protocol of July 2026 have it, and without."""


class Agent:
    """A client that connects for each piece of work, with a token."""

    def __init__(self, url: str, token: str, mode: str) -> None:
        self.url, self.token, self.mode = f"{url}/mcp", token, mode

    def run[R](self, work: Callable[[Client], Awaitable[R]]) -> R:
        async def connected() -> R:
            headers = {"Authorization": f"Bearer {self.token}"}
            async with (
                httpx2.AsyncClient(headers=headers, timeout=60) as http,
                Client(streamable_http_client(self.url, http_client=http), mode=self.mode) as client,
            ):
                return await work(client)

        return asyncio.run(connected())

    def call(self, tool: str, **arguments: Any) -> CallToolResult:
        # The client itself checks structured content by the tool's schema, which it asks for first.
        async def work(client: Client) -> CallToolResult:
            await client.list_tools()
            return await client.call_tool(tool, arguments)

        return self.run(work)

    def ask(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that answers as it should."""
        answer = self.call(tool, **arguments)
        assert not answer.is_error, answer.content
        data: dict[str, Any] = answer.structured_content
        return data

    def refused(self, tool: str, **arguments: Any) -> str:
        """Call a tool that refuses; what it says."""
        answer = self.call(tool, **arguments)
        assert answer.is_error, answer.structured_content
        assert answer.structured_content is None
        sentence: str = answer.content[0].text
        assert "othing was charged" in sentence
        return sentence


type MakeAgent = Callable[..., Agent]


@pytest.fixture
def agent_of(live: Any) -> MakeAgent:
    """An agent with a program's token."""

    def make(program: Any, mode: str = MODERN) -> Agent:
        return Agent(live.url, program.text, mode)

    return make


@pytest.fixture(params=[LEGACY, MODERN])
def agent(request: Any, agent_of: MakeAgent, api: Any, workspace: Any, fund: Any) -> Agent:
    """Alice's agent, of either era; her workspace has 50 credits."""
    fund(workspace, 50)
    return agent_of(api, request.param)
