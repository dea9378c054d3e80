"""A very fast upstream for benchmarks: answers at once, or streams at a fixed pace.

``POST /api/v1/chat/completions`` gets a fixed completion; with ``"stream": true``
chunks at the pace that the command line asks for. The content of a chunk is
``"<index> <time.monotonic_ns() when it was sent>"``, so that a reader on the same
machine knows how long it was on the way. Everything else gets 404. Nothing here
parses JSON: the upstream must cost next to nothing beside what is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import dataclass
from typing import Final, cast

import httptools
import uvloop

COMPLETIONS_PATH: Final = "/api/v1/chat/completions"
ANSWER: Final = "The build fails because the module is imported before it is generated."

_ENVELOPE: Final = '"id":"gen-bench-1","provider":"Mock","model":"z-ai/glm-5","created":1767225600'
_USAGE: Final = (
    '"usage":{"prompt_tokens":120,"completion_tokens":14,"total_tokens":134,"cost":0.0000451,'
    '"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":'
    '{"reasoning_tokens":0}}'
)
_COMPLETION: Final = (
    f'{{{_ENVELOPE},"object":"chat.completion","choices":[{{"index":0,"finish_reason":"stop",'
    f'"native_finish_reason":"stop","logprobs":null,"message":{{"role":"assistant",'
    f'"content":"{ANSWER}","refusal":null}}}}],{_USAGE}}}'
).encode()
_CHUNK_HEAD: Final = (
    f'data: {{{_ENVELOPE},"object":"chat.completion.chunk","choices":[{{"index":0,'
    '"delta":{"role":"assistant","content":"'
).encode()
_CHUNK_TAIL: Final = b'"},"finish_reason":null,"logprobs":null}]}\n\n'
_LAST_FRAMES: Final = (
    f'data: {{{_ENVELOPE},"object":"chat.completion.chunk","choices":[{{"index":0,'
    f'"delta":{{"content":""}},"finish_reason":"stop"}}]}}\n\n'
    f'data: {{{_ENVELOPE},"object":"chat.completion.chunk","choices":[],{_USAGE}}}\n\n'
    "data: [DONE]\n\n"
).encode()


def _response(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


_OK: Final = _response("200 OK", _COMPLETION)
_NOT_FOUND: Final = _response("404 Not Found", b'{"error":{"message":"not found","code":404}}')
_STREAM_START: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a stream comes: this many content chunks, this many a second."""

    chunks: int
    chunks_per_second: float


def asks_for_stream(body: bytes) -> bool:
    """Whether the request's JSON has ``"stream": true`` (first ``"stream"`` key in the text)."""
    _, key, rest = body.partition(b'"stream"')
    return bool(key) and rest[:16].lstrip(b" :\n").startswith(b"true")


class UpstreamProtocol(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._body: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.close()

    # -- called by the parser

    def on_message_begin(self) -> None:
        self._url = b""
        self._body.clear()

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        if self._url != COMPLETIONS_PATH.encode() or self._parser.get_method() != b"POST":
            self._transport.write(_NOT_FOUND)
        elif asks_for_stream(b"".join(self._body)):
            self._transport.write(_STREAM_START)
            self._send_chunk(0, asyncio.get_running_loop().time())
        else:
            self._transport.write(_OK)

    # -- streaming

    def _send_chunk(self, index: int, started: float) -> None:
        """Sends chunk ``index`` now and the next one when it is due; due times do not drift."""
        if index == self._pace.chunks:
            self._transport.write(_http_chunk(_LAST_FRAMES) + b"0\r\n\r\n")
            return
        stamp = b"%d %d" % (index, time.monotonic_ns())
        self._transport.write(_http_chunk(_CHUNK_HEAD + stamp + _CHUNK_TAIL))
        due = started + (index + 1) / self._pace.chunks_per_second
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(due, self._send_chunk, index + 1, started)


def _http_chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def serve(*, port: int, pace: Pace) -> asyncio.Server:
    """Listens on the loopback address; port 0 takes a free one."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: UpstreamProtocol(pace), "127.0.0.1", port, backlog=512)


async def _serve_forever(port: int, pace: Pace) -> None:
    await (await serve(port=port, pace=pace)).serve_forever()


def main() -> None:
    """``python -m benchmarks.mock_upstream --port N``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--chunks", type=int, default=50)
    parser.add_argument("--chunks-per-second", type=float, default=50.0)
    options = parser.parse_args()
    pace = Pace(chunks=options.chunks, chunks_per_second=options.chunks_per_second)
    uvloop.run(_serve_forever(options.port, pace))


if __name__ == "__main__":
    main()
