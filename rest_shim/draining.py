"""How the shim stops: it refuses what is new, while what is under way may finish.

    await app.state.drain(30.0)     # from now on 503; returns when nothing runs any more

The server goes on listening meanwhile: a client that is refused knows when to come
back, one that finds nobody there knows nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rest_shim.counting import note_refusal
from rest_shim.errors import ErrorAnswer

__all__ = ["STOPPING", "Draining", "RefuseWhenDraining"]

STOPPING: Final = ErrorAnswer(
    status=503,
    type="service_unavailable_error",
    code="router_stopping",
    message="the router is stopping; ask again once it is back",
    retry_after_s=5.0,
)

_LIVENESS: Final = "/healthz"
"""What says that the process lives, as long as it does."""
_CUT_S: Final = 1.0
"""How long a request that is cut off may take to say so, in seconds."""


class Draining:
    """The switch, and what runs.

    Attributes:
        begun: whether new requests are refused.
    """

    def __init__(self) -> None:
        self.begun = False
        self._running: set[asyncio.Task[Any]] = set()

    async def drain(self, grace_s: float) -> None:
        """Refuses new requests from now on; returns once those under way have ended.

        Args:
            grace_s: how long they may go on, in seconds; then they are cut off.
        """
        self.begun = True
        if self._running:
            await asyncio.wait(self._running, timeout=grace_s)
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=_CUT_S)

    def entered(self, task: asyncio.Task[Any]) -> None:
        """A request begins, in the task that serves nothing else."""
        self._running.add(task)
        task.add_done_callback(self._running.discard)


class RefuseWhenDraining:
    """ASGI middleware: counts what runs, and refuses what comes too late."""

    def __init__(self, app: ASGIApp, *, draining: Draining) -> None:
        self._app = app
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._draining.begun and scope["path"] != _LIVENESS:
            # A connection that is closed over unread bytes is reset, and the answer lost.
            while (await receive()).get("more_body"):
                pass
            await _refuse(scope, receive, send)
            return
        task = asyncio.current_task()
        assert task is not None
        self._draining.entered(task)
        started = False

        def noting(message: Message) -> Awaitable[None]:
            nonlocal started
            started = True
            return send(message)

        try:
            await self._app(scope, receive, noting)
        except asyncio.CancelledError:
            # Only a server that stops cancels a request. A stream has told its client.
            if not started:
                await _refuse(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    note_refusal(scope, STOPPING.code)
    response = STOPPING.response()
    response.headers["connection"] = "close"
    await response(scope, receive, send)
