"""The short way for the one request that must be fast.

FastAPI's routing, exit stacks and exception layers cost about as much as the whole
decision. A chat completion needs none of them, so it branches off before; the route
of the same function that FastAPI knows is there for /docs.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rest_shim.chat_completions import create_chat_completion
from rest_shim.counting import note_route
from rest_shim.handlers import HANDLERS

__all__ = ["ChatShortcut"]

_PATHS: Final = frozenset({"/v1/chat/completions", "/chat/completions"})


class ChatShortcut:
    """ASGI middleware, the innermost: serves chat completions, passes on everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in _PATHS or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        note_route(scope, scope["path"])
        request = Request(scope, receive, send)
        try:
            answer = await create_chat_completion(request)
            await answer(scope, receive, send)
        except tuple(HANDLERS) as error:
            handler = next(HANDLERS[kind] for kind in HANDLERS if isinstance(error, kind))
            refusal = await handler(request, error)
            await refusal(scope, receive, send)
