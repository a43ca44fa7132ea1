"""Calls of the REST API inside this process: by its own views, so by the same rights, limits, checks and sentences."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final
from urllib.parse import urlencode

from django.core.handlers.asgi import ASGIRequest
from django.http.response import HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from accounts.models import ApiToken
from api.bodies.middleware import Scope
from api.mcp.threads import WORK, Threads

SENT_ON: Final = frozenset({b"host", b"authorization", b"user-agent"})
"""Headers of a message that its calls have, too."""

type View = Callable[..., HttpResponseBase]


class RestRefused(Exception):  # noqa: N818 -- as Refusal
    """The REST API refused; nothing was charged.

    Attributes:
        problem: its problem details (RFC 9457).
    """

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(problem["detail"])
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a message.

    Attributes:
        token: by which it was let in.
        scope: of the request that brought it; its body is used up.
        request_id: of that request, in logs and problems.
    """

    token: ApiToken
    scope: Scope
    request_id: str

    async def ask(self, view: View, verb: str, path: str, *, threads: Threads = WORK, **options: Any) -> Any:
        """Call a view as the caller itself would; `options` are those of `call`.

        Raises:
            RestRefused: it refused.
        """
        return await threads.run(self.token.workspace_id, call, self, view, verb, path, **options)


def call(
    caller: Caller,
    view: View,
    verb: str,
    path: str,
    *,
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
    key: str | None = None,
    arguments: Mapping[str, str] | None = None,
) -> Any:
    """Call a view on this thread.

    Args:
        caller: whose token is shown.
        view: of the address.
        verb: the method.
        path: the address.
        body: sent as JSON.
        query: the address's parameters.
        key: the Idempotency-Key.
        arguments: what the address itself says.

    Returns:
        The answer, as a client would read it.

    Raises:
        RestRefused: the answer is a problem.
    """
    content = b"" if body is None else json.dumps(body).encode()
    headers = [pair for pair in caller.scope["headers"] if pair[0] in SENT_ON]
    headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    if key is not None:
        headers.append((b"idempotency-key", key.encode()))
    scope = {
        **caller.scope,
        "method": verb,
        "path": path,
        "raw_path": path.encode(),
        "query_string": urlencode(query or {}).encode(),
        "headers": headers,
    }
    request = ASGIRequest(scope, BytesIO(content))
    request.request_id = caller.request_id  # type: ignore[attr-defined] # as config.observability does
    response = view(request, **(arguments or {}))
    assert isinstance(response, Response), "these views answer JSON"
    told = json.loads(JSONRenderer().render(response.data))
    if response.exception:
        raise RestRefused(told)
    return told
