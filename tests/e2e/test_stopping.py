"""SIGTERM with streams open: none is cut within the grace time, and nothing new begins."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from llm_router import AsyncRouterClient
from llm_router.errors import RouterClientError, Unavailable
from router_core.app.recording import Recording
from router_core.bootstrap import build_core, build_shim
from router_core.cli.running import listen, serve_rest
from router_core.decide.records import RequestRecord
from router_core.settings import read_settings
from tests.e2e.serving import START_S, Serving, serving
from tests.fakes.upstream import FakeUpstream, Recorded, Stall, completion_stream
from tests.rest_shim.raw_http import Connection

HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "hello"}]}
STREAMS = 200
"""Half of them over REST, half over gRPC."""


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    """Every stream begins, and waits for its release."""
    async with FakeUpstream(api_key="sk-test") as upstream:
        stream = completion_stream(["a", Stall(), "b"])
        upstream.on_request(lambda request: stream if request.model else None)
        yield upstream


def chats(upstream: FakeUpstream) -> list[Recorded]:
    """What was asked of models; the router asks for their list too."""
    return [request for request in upstream.requests if request.model]


@contextlib.contextmanager
def router(upstream: FakeUpstream, home: Path, **env: str) -> Iterator[Serving]:
    """``llm-router serve`` before ``upstream``."""
    env |= {"OPENROUTER_API_KEY": "sk-test", "OPENROUTER_BASE_URL": upstream.base_url}
    args = ("serve", "--port", "0", "--grpc-address", "127.0.0.1:0")
    with serving(*args, home=home, env=env) as running:
        yield running


class Streams:
    """Streams that are open, each with its first content read."""

    def __init__(self, running: Serving) -> None:
        self._running = running
        self._open = 0
        self._all_open = asyncio.Event()
        self._tasks: list[asyncio.Task[str]] = []

    async def open(self, rest: int, grpc: int, http: aiohttp.ClientSession) -> None:
        """Opens as many of each kind."""
        client = AsyncRouterClient(self._running.grpc)
        ways: list[Awaitable[str]] = [self._rest(http) for _ in range(rest)]
        ways += [self._grpc(client) for _ in range(grpc)]
        self._tasks = [asyncio.ensure_future(way) for way in ways]
        async with asyncio.timeout(START_S):
            while self._open < len(ways):
                await self._progress()

    async def ends(self) -> list[str]:
        """How each ended: its last line, or the kind of its last event, or its error."""
        return await asyncio.gather(*self._tasks)

    @property
    def ended(self) -> int:
        return sum(task.done() for task in self._tasks)

    async def _progress(self) -> None:
        await self._all_open.wait()
        self._all_open.clear()

    def _first(self) -> None:
        self._open += 1
        self._all_open.set()

    async def _rest(self, http: aiohttp.ClientSession) -> str:
        url = f"{self._running.rest}/v1/chat/completions"
        lines: list[str] = []
        async with http.post(url, json=HELLO | {"stream": True}) as answer:
            assert answer.status == 200
            async for line in answer.content:
                lines.append(line.decode().strip())
                if '"content":"a"' in lines[-1]:
                    self._first()
        return [line for line in lines if line][-1]

    async def _grpc(self, client: AsyncRouterClient) -> str:
        kind = ""
        try:
            async for event in client.stream_complete(HELLO):
                kind = event.WhichOneof("event") or ""
                if kind == "decision":
                    self._first()
        except RouterClientError as error:
            return f"{type(error).__name__}: {error}"
        return kind


async def told_to_stop(running: Serving) -> None:
    """Sends SIGTERM, and returns once the router has said that it stops."""
    running.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(START_S):
        while not any(  # noqa: ASYNC110 - a thread reads the lines
            line.startswith("stopping") for line in running.lines
        ):
            await asyncio.sleep(0.01)


async def exit_code(running: Serving) -> int:
    return await asyncio.to_thread(running.process.wait, START_S)


async def kept_alive(running: Serving) -> Connection:
    """A connection that has had an answer, and waits for the next request."""
    host, port = running.rest.removeprefix("http://").split(":")
    connection = Connection(*await asyncio.open_connection(host, int(port)))
    await connection.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await connection.reader.readuntil(b"}")
    return connection


async def test_streams_finish_and_nothing_new_begins(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    with router(upstream, tmp_path) as running:
        async with http_session() as http, AsyncRouterClient(running.grpc) as grpc:
            await grpc.get_server_info()
            idle = await kept_alive(running)
            streams = Streams(running)
            await streams.open(STREAMS // 2, STREAMS // 2, http)

            await told_to_stop(running)

            with pytest.raises(Unavailable):
                await grpc.complete(HELLO)
            async with http.post(f"{running.rest}/v1/chat/completions", json=HELLO) as refused:
                body = await refused.json()
            await idle.post_chat(HELLO | {"pad": "x" * 200_000})
            late = await idle.reader.read()
            await idle.leave()
            assert len(chats(upstream)) == STREAMS
            assert streams.ended == 0

            upstream.release()

            ends = await streams.ends()
        assert await exit_code(running) == 0
    assert ends == ["data: [DONE]"] * (STREAMS // 2) + ["summary"] * (STREAMS // 2)
    assert refused.status == 503
    assert refused.headers["connection"] == "close"
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["x-request-id"]
    assert body["error"]["code"] == "router_stopping"
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert late.startswith(b"HTTP/1.1 503")
    assert not complaints(running)


@pytest.mark.slow
async def test_what_outlasts_the_grace_time_is_cut_off_and_told(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    with router(upstream, tmp_path, LLM_ROUTER_GRACE_S="1") as running:
        async with http_session() as http:
            streams = Streams(running)
            await streams.open(5, 5, http)
            url = f"{running.rest}/v1/chat/completions"
            upstream.enqueue(completion_stream([Stall()]))
            not_begun = asyncio.ensure_future(http.post(url, json=HELLO | {"stream": True}))
            while len(chats(upstream)) < 11:
                await upstream.request(len(upstream.requests))

            await told_to_stop(running)

            ends = await streams.ends()
            async with await not_begun as refused:
                assert refused.status == 503
                assert "retry-after" in refused.headers
            async with asyncio.timeout(1):
                await upstream.all_closed()
        assert await exit_code(running) == 0
    for end in ends[:5]:
        assert json.loads(end.removeprefix("data: "))["error"]["code"] == "router_stopping"
    assert all(end.startswith("Unavailable") for end in ends[5:])
    assert not complaints(running)


async def test_another_signal_ends_it_at_once(upstream: FakeUpstream, tmp_path: Path) -> None:
    with router(upstream, tmp_path) as running:
        async with http_session() as http:
            streams = Streams(running)
            await streams.open(3, 3, http)
            await told_to_stop(running)
            running.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(5):
                assert await exit_code(running) == 0
                await upstream.all_closed()
                ends = await streams.ends()
    for end in ends[:3]:
        assert json.loads(end.removeprefix("data: "))["error"]["code"] == "router_stopping"
    assert not complaints(running)
    assert not [line for line in running.lines if "failed: " in line], "no model is to blame"


async def test_the_ledger_is_told_of_what_is_cut_off(
    upstream: FakeUpstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[RequestRecord] = []
    monkeypatch.setattr(Recording, "record", lambda _self, row: rows.append(row))
    env = {"OPENROUTER_API_KEY": "sk-test", "OPENROUTER_BASE_URL": upstream.base_url}
    core = build_core(read_settings(env), env, config_path=tmp_path / "router_config.json")
    shim = build_shim(read_settings({}), "127.0.0.1", "in process", core.in_process_channel())
    listener, stop = listen("127.0.0.1", 0), asyncio.Event()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1/chat/completions"
    serving_rest = asyncio.create_task(serve_rest(shim, listener, stop, 0))
    async with http_session() as http, http.post(url, json=HELLO | {"stream": True}) as answer:
        await answer.content.readuntil(b'"content":"a"')
        stop.set()
        await answer.read()
    await serving_rest
    await core.close()
    assert [(row.status, row.attempts[0].outcome) for row in rows] == [("cancelled", "cancelled")]


def http_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


def complaints(running: Serving) -> list[str]:
    """What it printed that no operator should have to read."""
    signs = ("Traceback", '"exception":', '"level":"error"')
    return [line for line in running.lines if any(sign in line for sign in signs)]
