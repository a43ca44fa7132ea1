"""GET /v1/models and /v1/models/{id}: free, so logged and hit by faults as `moderations` is."""

import json
from typing import Any

from starlette.requests import Request

from sandbox import trouble
from sandbox.openai.catalog import MODELS
from sandbox.openai.desk import TwinState, error_body, free_endpoint, json_headers
from sandbox.openai.errors import model_not_found
from sandbox.wire import Answer


@free_endpoint
async def models(request: Request, desk: TwinState, call: dict[str, Any]) -> Answer:
    """The list, or the one that the path names."""
    fault = desk.script.take(call, naming=("path", "endpoint"))
    early = await trouble.before_work(fault, request, request.state.headers, error_body)
    if early is not None:
        return early
    wanted = request.path_params.get("model")
    seen = {name: model for name, model in MODELS.items() if not desk.script.hides(name)}
    if wanted is not None and wanted not in seen:
        raise model_not_found(wanted)
    ends = desk.script.shutdown_date
    shown = {name: model.as_object(ends(name)) for name, model in seen.items()}
    body = shown[wanted] if wanted else {"object": "list", "data": list(shown.values())}
    return trouble.on_the_way(fault, Answer(200, json_headers(request), json.dumps(body).encode()))
