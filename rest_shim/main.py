"""The app: ``uvicorn rest_shim.main:app --port 3456``, or inside ``llm-router serve``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import grpc
from fastapi import APIRouter, FastAPI

from rest_shim import (
    aliases,
    categories,
    chat_completions,
    config,
    decisions,
    health,
    metrics,
    models,
    stats,
)
from rest_shim.core import Core, open_channel
from rest_shim.counting import HttpCounts
from rest_shim.draining import Draining, RefuseWhenDraining
from rest_shim.handlers import add_error_handlers
from rest_shim.receipt import StampReceipt
from rest_shim.safety import RequestSafety
from rest_shim.settings import ShimSettings
from rest_shim.shortcut import ChatShortcut

__all__ = ["create_app"]

_OPENAI_ROUTERS: Final = (chat_completions.router, models.router)
_OWN_ROUTERS: Final = (
    decisions.router,
    config.router,
    categories.router,
    aliases.router,
    stats.router,
)


def create_app(
    channel: grpc.aio.Channel | None = None, settings: ShimSettings | None = None
) -> FastAPI:
    """Builds the app; ``state.drain`` is what its server calls before it stops.

    Args:
        channel: the way to the core, used as it is and left open. None: the app
            opens one to ``settings.core_address`` when it starts.
        settings: None: read from the environment.
    """
    settings = settings or ShimSettings.from_env()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if channel is not None:
            yield
            return
        async with open_channel(settings) as own:
            app.state.core = Core.over(own, settings)
            yield

    app = FastAPI(
        title="LLM Router",
        version="v1",
        docs_url="/docs",
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    if channel is not None:
        app.state.core = Core.over(channel, settings)
    _add_routes(app)
    add_error_handlers(app)
    app.add_middleware(ChatShortcut)
    app.add_middleware(
        RequestSafety,
        max_body_bytes=settings.max_body_bytes,
        allowed_hosts=settings.allowed_hosts,
        api_keys=filter(None, (*settings.api_keys, settings.admin_key)),
    )
    draining = Draining()
    app.state.drain = draining.drain
    app.add_middleware(RefuseWhenDraining, draining=draining)
    counts = HttpCounts()
    app.state.counts = counts
    app.add_middleware(StampReceipt, counts=counts)  # the last one added is the outermost
    return app


def _add_routes(app: FastAPI) -> None:
    """Every path with and without /v1; /docs shows the one that clients expect."""
    for router in _OPENAI_ROUTERS:
        _include(app, router, shown="/v1", hidden="")
    for router in _OWN_ROUTERS:
        _include(app, router, shown="", hidden="/v1")
    app.include_router(health.router)
    app.include_router(metrics.router)


def _include(app: FastAPI, router: APIRouter, *, shown: str, hidden: str) -> None:
    app.include_router(router, prefix=shown)
    app.include_router(router, prefix=hidden, include_in_schema=False)


def __getattr__(name: str) -> Any:
    # Built when a server asks for it, so that importing this module does no work.
    if name == "app":
        return create_app()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
