"""Who gets the alerts: a real server on the loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Receiver:
    """Who gets the alerts.

    Attributes:
        statuses: what it answers in turn; the last stays.
        hold: while it is not set, no answer comes.
    """

    statuses: list[int] = field(default_factory=lambda: [204])
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    got: list[dict[str, Any]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append({"path": request.path_qs, **await request.json()})
        self.came.set()
        await self.hold.wait()
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return web.Response(status=status, headers={"location": "/elsewhere"})


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    receiver.hold.set()
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    receiver.url = f"http://127.0.0.1:{port}/hook?token=hunter2"
    yield receiver
    await runner.cleanup()
