"""`/_control/`: how tests, benches and people script the twins and read what they saw. No provider has this."""

import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.calls import CallLog
from sandbox.faults import Script


def bad_request(sentence: str) -> JSONResponse:
    return JSONResponse({"error": sentence}, 400)


def log_view(of: Callable[[Request], CallLog]):
    """GET: every call received, oldest first."""

    async def view(request: Request) -> Response:
        calls = [call for call in of(request).calls if _wanted(request, call)]
        return JSONResponse({"calls": calls, "count": len(calls)})

    return view


def _wanted(request: Request, call: dict) -> bool:
    """Query parameters filter by equality, `prompt` by substring."""
    return all(
        value in str(call.get(name, "")) if name == "prompt" else value == str(call.get(name))
        for name, value in request.query_params.items()
    )


def script_view(of: Callable[[Request], Script]):
    """POST a list of rules to add them, DELETE to drop them all, GET to see what is left."""

    async def view(request: Request) -> Response:
        script = of(request)
        if request.method == "POST":
            try:
                rules = json.loads(await request.body())
                script.extend(rules if isinstance(rules, list) else [rules])
            except (ValueError, AttributeError, TypeError) as error:
                return bad_request(str(error))
        elif request.method == "DELETE":
            script.clear()
        left = [
            {
                "do": rule.fault.do,
                "match": dict(rule.match),
                "times": max(rule.times, 0),
                "for_ever": rule.times < 0,
            }
            for rule in script.rules
            if rule.times
        ]
        return JSONResponse({"rules": left})

    return view


async def limit(request: Request) -> Response:
    """POST {"per_minute": 20} to let OpenAI's twin answer so many calls a minute, {"per_minute": null} for any number.

    {"input_images": 5} limits the references of all calls likewise; `seconds` makes the minute shorter or longer.
    """
    at = request.app.state.openai.limit
    if request.method == "POST":
        try:
            at.set(**json.loads(await request.body()))
        except (ValueError, TypeError) as error:
            return bad_request(str(error))
    return JSONResponse(at.facts())


def provider_routes(name: str) -> list[Route]:
    """Log and script of one provider, whose desk is `app.state.<name>`."""
    return [
        Route(f"/{name}/log", log_view(lambda request: getattr(request.app.state, name).log)),
        Route(
            f"/{name}/script",
            script_view(lambda request: getattr(request.app.state, name).script),
            methods=["GET", "POST", "DELETE"],
        ),
    ]
