"""Paths of OpenAI's twin, under /openai."""

from starlette.requests import Request
from starlette.routing import Route

from sandbox.openai.desk import TwinState, endpoint
from sandbox.openai.errors import OpenAIError
from sandbox.openai.images import edits, generations
from sandbox.openai.models import models
from sandbox.openai.moderations import moderations
from sandbox.wire import Answer


@endpoint
async def unknown(request: Request, desk: TwinState, call: dict) -> Answer:
    raise OpenAIError(404, f"Invalid URL ({request.method} {request.url.path.removeprefix('/openai')})")


routes = [
    Route("/v1/images/generations", generations, methods=["POST"]),
    Route("/v1/images/edits", edits, methods=["POST"]),
    Route("/v1/models", models),
    Route("/v1/models/{model:path}", models),
    Route("/v1/moderations", moderations, methods=["POST"]),
    Route("/{path:path}", unknown, methods=["GET", "POST", "DELETE"]),
]
