"""The one ASGI program that holds all twins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from sandbox import control
from sandbox.fal import routes as fal_routes
from sandbox.fal.desk import FalDesk
from sandbox.openai import routes as openai_routes
from sandbox.openai.desk import TwinState
from sandbox.pictures.studio import Studio
from sandbox.settings import Settings
from sandbox.stripe import api as stripe_api
from sandbox.stripe import control as stripe_control
from sandbox.stripe import pages as stripe_pages
from sandbox.stripe.twin import Twin


async def health(request: Request) -> Response:
    return JSONResponse({"status": "ok", "twins": ["openai", "stripe", "fal"]})


async def reset(request: Request) -> Response:
    """Forget logs, scripts and objects."""
    state = request.app.state
    state.openai.reset()
    state.stripe.reset()
    state.fal.reset()
    return JSONResponse({"status": "ok"})


def create_app(settings: Settings) -> Starlette:
    """A fresh set of twins, sharing nothing with any other."""
    studio = Studio(settings.detail)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with app.state.stripe.running(), app.state.fal.running():
            yield
        studio.close()

    app = Starlette(
        lifespan=lifespan,
        routes=[
            Route("/", health),
            Route("/_control/reset", reset, methods=["POST"]),
            Mount(
                "/_control",
                routes=[
                    *control.provider_routes("openai"),
                    Route(
                        "/openai/checks", control.log_view(lambda request: request.app.state.openai.checks)
                    ),
                    *control.provider_routes("fal"),
                    Route("/openai/limit", control.limit, methods=["GET", "POST"]),
                    *fal_routes.control,
                    *stripe_control.routes,
                ],
            ),
            Mount("/openai", routes=openai_routes.routes),
            Mount("/stripe", routes=[*stripe_api.routes(), *stripe_pages.routes]),
            Mount("/fal", routes=fal_routes.routes),
        ],
    )
    app.state.openai = TwinState(settings, studio)
    app.state.stripe = Twin(settings)
    app.state.fal = FalDesk(settings, studio)
    return app
