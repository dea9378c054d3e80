"""HTTP by hand, for what a well-behaved client never does."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection to a shim."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def post_chat(self, body: object) -> None:
        """Sends a whole chat completion request."""
        content = json.dumps(body).encode()
        head = (
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        await self.send(head.encode() + content)

    async def leave(self) -> None:
        """Closes the connection."""
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


@contextlib.asynccontextmanager
async def connected(client: httpx.AsyncClient) -> AsyncIterator[Connection]:
    """A connection to the shim that ``client`` talks to."""
    url = client.base_url
    connection = Connection(*await asyncio.open_connection(url.host, url.port))
    try:
        yield connection
    finally:
        await connection.leave()
