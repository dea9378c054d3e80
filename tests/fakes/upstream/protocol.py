"""HTTP/1.1 from the server's side: a connection, the requests on it, and replies played."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from tests.fakes.upstream.replies import Framing, Reply
from tests.fakes.upstream.steps import Over, Step, Wire

_MAX_HEAD: Final = 1 << 20


@dataclass(slots=True, kw_only=True, eq=False)
class Recorded:
    """A request that came.

    Attributes:
        headers: by lower-case name.
        connection: the number of the connection it came on, from 0.
        answered: set when the whole reply has been written.
        closed: set when the connection has ended, whoever ended it.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""
    connection: int = 0
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def json(self) -> Any:
        """The parsed body; ``None`` where it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def model(self) -> str | None:
        """The body's ``model``."""
        body = self.json
        return body.get("model") if isinstance(body, dict) else None


class Server(Protocol):
    """What a connection needs of the server that took it.

    Attributes:
        on_accept: steps before anything is read.
        reads_bodies: whether request bodies are read before a reply is chosen.
        released: set when every `Stall` goes on.
    """

    on_accept: Sequence[Step]
    reads_bodies: bool
    released: asyncio.Event

    def connected(self, connection: Connection, task: asyncio.Task[None]) -> None:
        """Takes note of a new connection, and of the task that serves it."""

    def disconnected(self, connection: Connection) -> None:
        """Takes note of its end."""

    def take(self, request: Recorded) -> Reply:
        """Records a request and chooses the reply to it."""


class Connection(asyncio.StreamReaderProtocol):
    """A client's connection: its requests one after the other, until it ends."""

    def __init__(self, server: Server, number: int) -> None:
        super().__init__(asyncio.StreamReader(limit=_MAX_HEAD), self._made)
        self._server = server
        self._number = number
        self._requests: list[Recorded] = []
        self._playing = False
        self._left = False

    def _made(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._server.connected(self, self._task)

    def eof_received(self) -> bool | None:
        self._end()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        self._server.disconnected(self)
        super().connection_lost(exc)

    def _end(self) -> None:
        self._left = True
        for request in self._requests:
            request.closed.set()
        if self._playing:
            self._task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Wire(writer, self._server.released)
        try:
            for step in self._server.on_accept:
                await step.play(wire)
            while await self._exchange(reader, wire):
                pass
            writer.close()
        except (Over, ConnectionError, asyncio.IncompleteReadError):
            pass  # the script or the client ended it: what the tests are about
        finally:
            if not writer.is_closing():
                writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, wire: Wire) -> bool:
        """Serves one request; returns whether another may follow."""
        request = await _read_head(reader)
        request.connection = self._number
        if self._server.reads_bodies:
            request.body = await _read_body(reader, wire, request.headers)
        self._requests.append(request)
        reply = self._server.take(request)
        if self._left:
            request.closed.set()
            return False
        self._playing = True
        await _play(reply, wire)
        self._playing = False
        request.answered.set()
        asked_to_close = request.headers.get("connection", "").lower() == "close"
        return reply.framing is not Framing.UNTIL_CLOSE and not asked_to_close


async def _play(reply: Reply, wire: Wire) -> None:
    wire.chunked = False
    for step in reply.before:
        await step.play(wire)
    wire.chunked = reply.framing is Framing.CHUNKED
    await wire.raw(reply.head())
    for step in reply.steps:
        await step.play(wire)
    if wire.chunked:
        await wire.raw(b"0\r\n\r\n")


async def _read_head(reader: asyncio.StreamReader) -> Recorded:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    method, target, _version = first.split(" ")
    pairs = (line.split(":", 1) for line in lines)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    return Recorded(method=method, target=target, headers=headers)


async def _read_body(reader: asyncio.StreamReader, wire: Wire, headers: Mapping[str, str]) -> bytes:
    if headers.get("expect", "").lower() == "100-continue":
        await wire.raw(b"HTTP/1.1 100 Continue\r\n\r\n")
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(int(headers.get("content-length", "0")))
    pieces: list[bytes] = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        pieces.append(await reader.readexactly(size))
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    return b"".join(pieces)
