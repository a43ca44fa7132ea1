"""Paths of fal's twin, under /fal; each host of fal is a folder here."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.fal import queue
from sandbox.fal.desk import FalDesk, answer, endpoint
from sandbox.fal.errors import FalError
from sandbox.wire import Answer

REQUEST = "/queue/{owner}/{alias}/requests/{id}"


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}/fal"


@endpoint("file", open_to_all=True)
async def file(request: Request, desk: FalDesk, call: dict[str, Any]) -> Answer:
    """GET a stored picture."""
    found = desk.file(request.path_params["name"])
    if found is None:
        raise FalError(404, "File not found")
    content, content_type = found
    return Answer(
        200, {"content-type": content_type, "cache-control": "public, max-age=31536000, immutable"}, content
    )


@endpoint("upload", open_to_all=True)
async def put_file(request: Request, desk: FalDesk, call: dict[str, Any]) -> Answer:
    """PUT to the address that `initiate` gave."""
    desk.keep(
        await request.body(),
        request.headers.get("content-type", "application/octet-stream"),
        request.path_params["name"],
    )
    return answer(request, 200, {})


@endpoint("upload")
async def initiate(request: Request, desk: FalDesk, call: dict[str, Any]) -> Answer:
    """POST rest.fal.ai/storage/upload/initiate."""
    url = f"{_base(request)}/files/{secrets.token_urlsafe(16)}"
    return answer(request, 200, {"upload_url": url, "file_url": url})


@endpoint("upload")
async def token(request: Request, desk: FalDesk, call: dict[str, Any]) -> Answer:
    """POST rest.fal.ai/storage/auth/token, a short-lived token for the CDN."""
    expires = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    facts = {
        "token": secrets.token_hex(16),
        "token_type": "Bearer",
        "base_url": f"{_base(request)}/cdn",
        "expires_at": expires,
    }
    return answer(request, 200, facts)


@endpoint("upload")
async def cdn_upload(request: Request, desk: FalDesk, call: dict[str, Any]) -> Answer:
    """POST v3.fal.media/files/upload."""
    name = desk.keep(await request.body(), request.headers.get("content-type", "application/octet-stream"))
    return answer(request, 200, {"access_url": f"{_base(request)}/files/{name}"})


@endpoint("jwks", open_to_all=True)
async def jwks(request: Request, desk: FalDesk, call: dict[str, Any]) -> Answer:
    """The public keys of webhooks."""
    return answer(request, 200, desk.notifier.jwks())


async def sign(request: Request) -> Response:
    """POST /_control/fal/sign: the headers of a webhook about a request, with the body that is posted."""
    about, late = request.query_params["request_id"], int(request.query_params.get("at", "0"))
    return JSONResponse(request.app.state.fal.notifier.headers(about, await request.body(), late))


async def concurrency(request: Request) -> Response:
    """POST {"most": 40} to /_control/fal/concurrency: how many requests are worked on at once, until a reset."""
    places = request.app.state.fal.places
    if request.method == "POST":
        try:
            places.set(int((await request.json())["most"]))
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"error": str(error)}, 400)
    return JSONResponse({"most": places.most, "taken": places.taken, "waiting": len(places.waiting)})


async def clock(request: Request) -> Response:
    """POST {"ahead": 90000} to /_control/fal/clock: seconds by which the twin's clock is ahead, until a reset."""
    desk: FalDesk = request.app.state.fal
    if request.method == "POST":
        try:
            desk.ahead = float((await request.json())["ahead"])
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"error": str(error)}, 400)
    return JSONResponse({"ahead": desk.ahead})


control = [
    Route("/fal/sign", sign, methods=["POST"]),
    Route("/fal/concurrency", concurrency, methods=["GET", "POST"]),
    Route("/fal/clock", clock, methods=["GET", "POST"]),
]
routes = [
    Route("/rest/.well-known/jwks.json", jwks),
    Route("/files/{name}", file),
    Route("/files/{name}", put_file, methods=["PUT"]),
    Route("/rest/storage/upload/initiate", initiate, methods=["POST"]),
    Route("/rest/storage/auth/token", token, methods=["POST"]),
    Route("/cdn/files/upload", cdn_upload, methods=["POST"]),
    Route(f"{REQUEST}/status", queue.status),
    Route(f"{REQUEST}/cancel", queue.cancel, methods=["PUT"]),
    Route(REQUEST, queue.result),
    Route("/queue/{model:path}", queue.submit, methods=["POST"]),
    Route("/api/v1/models/requests/{id}/payloads", queue.forget, methods=["DELETE"]),
    Route("/run/{model:path}", queue.run, methods=["POST"]),
]
