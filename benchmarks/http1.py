"""The client's side of one HTTP/1.1 connection, with as little in the way as Python allows."""

from __future__ import annotations

import asyncio
import time
from typing import cast

import httptools


def post(path: str, port: int, body: bytes) -> bytes:
    """A whole request to a loopback server, ready to be written."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\naccept: application/json\r\n"
        f"user-agent: llm-router-benchmark\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """Sends one request at a time and tells its subclass what comes back.

    Attributes:
        came_ns: `time.monotonic_ns` of the read that is being parsed.
    """

    def __init__(self) -> None:
        self.came_ns = 0
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport

    # -- for subclasses

    def send(self, request: bytes) -> None:
        """Writes one request; the answer comes through the methods below."""
        self._transport.write(request)

    def close(self) -> None:
        """Closes the connection; `lost` follows."""
        self._transport.close()

    def body_came(self, data: bytes) -> None:
        """A piece of the answer's body."""

    def answered(self, status: int) -> None:
        """The answer is complete."""

    def lost(self, cause: str) -> None:
        """The connection is gone; ``cause`` is for a person."""

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        self.came_ns = time.monotonic_ns()
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.lost(f"not HTTP: {error}")
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost(f"connection lost: {exc}" if exc else "the server closed the connection")

    # -- called by the parser

    def on_body(self, body: bytes) -> None:
        self.body_came(body)

    def on_message_complete(self) -> None:
        self.answered(self._parser.get_status_code())
