"""The HTTP client under a provider: one aiohttp session, and how its bodies are read.

What aiohttp leaves open is settled here: a response never hangs on a broken
connection, the pool sets no limit, nothing of the environment is used, and every
way in which the transport fails has a `Failure`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Self

import aiohttp

from router_core.decide.failures import Failure
from router_core.providers.upstream_errors import timed_out, transport_failure

__all__ = ["TRANSPORT_ERRORS", "Response", "explain", "new_session", "read_up_to"]

TRANSPORT_ERRORS: Final = (aiohttp.ClientError, OSError)
"""What a request or a read may raise; `TimeoutError` is an `OSError`."""

_READ_SIZE: Final = 64 * 1024
_KEEP_IDLE_S: Final = 30.0


def new_session() -> aiohttp.ClientSession:
    """A session that opens nothing until it is used; `Response` reads its answers."""
    return aiohttp.ClientSession(
        # How many calls run at once is the router's to limit, not the pool's.
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_IDLE_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        response_class=Response,
        trust_env=False,
        read_bufsize=_READ_SIZE,
        max_line_size=8190,
        max_field_size=8190,
    )


async def read_up_to(limit: int, response: aiohttp.ClientResponse) -> tuple[bytes, bool]:
    """The body's first ``limit`` bytes, and whether that is all."""
    pieces: list[bytes] = []
    size = 0
    while piece := await response.content.readany():
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            return b"".join(pieces)[:limit], False
    return b"".join(pieces), True


def explain(error: BaseException, why: str) -> Failure:
    """The failure for a transport error; ``why``: what a deadline of ours means here."""
    ours = isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ServerTimeoutError)
    return timed_out(why) if ours else transport_failure(error)


_Closed = asyncio.Future[None]
"""Done when a connection has ended; it outlives the responses that came over it."""


def _watch(closed: _Closed, callback: Callable[[_Closed], None]) -> None:
    _forget(closed, callback)
    closed.add_done_callback(callback)


def _forget(closed: _Closed, callback: Callable[[_Closed], None]) -> None:
    closed.remove_done_callback(callback)


def _take_note(closed: _Closed) -> None:
    """Keeps asyncio from reporting a connection that broke while it was idle."""
    if not closed.cancelled():
        closed.exception()


class Response(aiohttp.ClientResponse):
    """A response that does not hang on a broken connection, nor leave one hanging.

    aiohttp tells nobody who waits for more of a body that its chunk sizes became
    unreadable; it only closes the connection. And its `close` lets the transport
    first send what it still holds, which a stalled upstream never takes.
    """

    async def start(self, connection: aiohttp.connector.Connection) -> Self:
        await super().start(connection)
        protocol = connection.protocol
        if protocol is not None:  # else the body has ended already
            closed = protocol.closed
            if closed is None:
                self._break_off()
            else:
                _watch(closed, _take_note)
                _watch(closed, self._break_off)
                self.content.on_eof(lambda: _forget(closed, self._break_off))
        return self

    def _break_off(self, _closed: _Closed | None = None) -> None:
        if not self.content.is_eof() and self.content.exception() is None:
            self.content.set_exception(aiohttp.ClientPayloadError("the connection has ended"))

    def close(self) -> None:
        connection = self.connection
        if connection is not None and connection.transport is not None:
            connection.transport.abort()
        super().close()
