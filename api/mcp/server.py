"""The protocol's server: which tools there are, and what a call of one answers.

Requests are handled by the official package, without sessions and without streams: a message comes as the body of a
POST and is answered by its response, so any process may serve any message.
"""

import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.core.signals import got_request_exception
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ContentBlock,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp.types import Tool as ToolDescription
from starlette.types import Receive, Scope, Send

from api.mcp import tools
from api.mcp.rest import Caller, RestRefused
from api.mcp.schemas import described
from api.mcp.threads import CALLS, PATIENCE, WORK
from api.mcp.tools import Told, Tool
from api.problems import UNFORESEEN, explain
from core.errors import Refusal

CALLER: Final = "createio.mcp_caller"
"""Key in the scope of a message that was let in."""
INSTRUCTIONS: Final = (
    "Images by the credit. Ask `list_models` what can be ordered, `quote` what an order costs, and `generate` with the quote's id: "
    "that is what is charged, once. Images come as links that work for a few minutes, with small previews; `get_generation` gives "
    "new links. A refusal says what happened, that nothing was charged, and what to do."
)
log = logging.getLogger("createio.request")

type Context = ServerRequestContext[Any, Any]


class ToolNotFound(Refusal):
    """There is no such tool."""

    code = "tool_not_found"
    status = 404


async def _list_tools(context: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
    caller: Caller = context.request.scope[CALLER]  # type: ignore[union-attr] # HTTP is the only way here
    return ListToolsResult(tools=await WORK.run(caller.token.workspace_id, _descriptions))


def _descriptions() -> list[ToolDescription]:
    return [_description(tool) for tool in tools.ALL]


def _description(tool: Tool) -> ToolDescription:
    takes, answers = described(tool.name, tool.takes, tool.answers)
    return ToolDescription(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=takes,
        output_schema=answers,
        annotations=ToolAnnotations(
            read_only_hint=tool.is_read,
            destructive_hint=False,
            # A quote is another one each time.
            idempotent_hint=tool.name != "quote",
            open_world_hint=tool.name == "edit",
        ),
    )


def _input_schema(name: str) -> dict[str, Any] | None:
    """Return what the protocol checks headers of a call against: no argument of ours is sent as one."""
    return {} if name in tools.BY_NAME else None


async def _call_tool(context: Context, params: CallToolRequestParams) -> CallToolResult:
    caller: Caller = context.request.scope[CALLER]  # type: ignore[union-attr] # HTTP is the only way here
    name = params.name if params.name in tools.BY_NAME else "that is not there"
    try:
        told = await _run(caller, params.name, params.arguments or {})
    except RestRefused as refused:
        log.info("Tool %s: %s", name, refused.problem["code"])
        return _refused(refused.problem)
    except Exception as error:
        problem = explain(error)
        log.info("Tool %s: %s", name, problem.code)
        if problem is UNFORESEEN:
            log.exception("Tool %s failed", name)
            got_request_exception.send(sender=None, request=None)
        return _refused(problem.body(caller.request_id))
    log.info("Tool %s: answered", name)
    return _answered(told)


async def _run(caller: Caller, name: str, said: Mapping[str, Any]) -> Told:
    tool = tools.BY_NAME.get(name)
    if tool is None:
        raise ToolNotFound(
            f"There is no such tool; there are: {', '.join(tools.BY_NAME)}. Nothing was charged."
        )
    checked = tool.takes(data=said)
    checked.is_valid(raise_exception=True)
    leave = await CALLS.take(caller.token.workspace_id, PATIENCE)
    try:
        return await tool.run(caller, {one: value for one, value in said.items() if value is not None})
    finally:
        leave()


def _answered(told: Told) -> CallToolResult:
    # Clients that don't read structured content get the same as text.
    content: list[ContentBlock] = [TextContent(text=json.dumps(told.data, ensure_ascii=False))]
    content += told.pictures
    return CallToolResult(content=content, structured_content=told.data, is_error=told.is_error)


def _refused(problem: Mapping[str, Any]) -> CallToolResult:
    sentence = f"{problem['detail']}\n(code {problem['code']}, request {problem['request_id']})"
    return CallToolResult(content=[TextContent(text=sentence)], is_error=True)


SERVER: Final = Server(
    "createio",
    version="1",
    title=settings.SITE_NAME,
    instructions=INSTRUCTIONS,
    get_tool_input_schema=_input_schema,
    on_list_tools=_list_tools,
    on_call_tool=_call_tool,
)
# A trace is not what a client says it is, and ours begins at the door.
SERVER.middleware.clear()


async def serve(scope: Scope, receive: Receive, send: Send, *, most: int) -> None:
    """Answer one message that was let in.

    A manager serves one message: what it starts ends with it, and no lifespan of the process has to carry it.

    Args:
        scope: of its request, with the `CALLER`.
        receive: receives its body.
        send: sends the answer.
        most: bytes that the body may have.
    """
    manager = StreamableHTTPSessionManager(
        SERVER, json_response=True, stateless=True, max_request_body_size=most
    )
    async with manager.run():
        await manager.handle_request(scope, receive, send)
