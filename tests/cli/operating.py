"""Runs the operators' commands in this process, before a core in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from llm_router.v1 import config_categories_pb2_grpc, stats_pb2, stats_pb2_grpc
from router_core.bootstrap import build_core
from router_core.cli.app import app
from router_core.errors import ConfigError, RouterError
from router_core.grpc_edge.errors import DETAILS_KEY, status_code, to_status
from router_core.grpc_edge.server import GrpcServer
from router_core.settings import read_settings

Serve = Callable[[AsyncExitStack], Awaitable[int]]
"""Starts a server, which ends with the stack; returns its port."""


@dataclass(frozen=True)
class Done:
    """What a command did.

    Attributes:
        code: its exit code.
        out: what it printed.
        err: what it says to the user; empty: nothing.
    """

    code: int
    out: str
    err: str


def run(*args: str, core: str, **env: str) -> Done:
    """Runs ``llm-router ARGS`` before the core at that address."""
    result = CliRunner().invoke(app, args, env={"LLM_ROUTER_CORE_ADDRESS": core, **env})
    if isinstance(result.exception, ConfigError):
        return Done(1, result.stdout, str(result.exception))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


@contextmanager
def in_thread(serve: Serve) -> Iterator[str]:
    """Serves in a thread of its own, as the commands block this one; yields the address."""
    started, addresses = threading.Event(), []
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def until_told() -> None:
        stop = asyncio.Event()
        loops.append((asyncio.get_running_loop(), stop))
        async with AsyncExitStack() as stack:
            addresses.append(f"127.0.0.1:{await serve(stack)}")
            started.set()
            await stop.wait()

    def body() -> None:
        try:
            asyncio.run(until_told())
        finally:
            started.set()

    thread = threading.Thread(target=body)
    thread.start()
    try:
        assert started.wait(30)
        yield addresses[0]
    finally:
        for loop, stop in loops:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                loop.call_soon_threadsafe(stop.set)
        thread.join(30)


def real_core(home: Path, **env: str) -> contextlib.AbstractContextManager[str]:
    """A core of ours, with the demo provider; yields its address."""
    env = {"LLM_ROUTER_HOME": str(home), **env}

    async def serve(stack: AsyncExitStack) -> int:
        core = build_core(read_settings(env), env, demo=True)
        stack.push_async_callback(core.close)
        server = core.server("127.0.0.1:0")
        port = await server.start()
        stack.push_async_callback(server.stop, 0)
        core.start()
        return port

    return in_thread(serve)


@dataclass
class Script:
    """What a scripted core answers, and what it was asked.

    Attributes:
        answers: by RPC, in order, errors too; the last one is given again and again.
        asked: the names of the RPCs with their requests, GetServerInfo aside.
        metadata: what the last of them came with.
    """

    answers: dict[str, Sequence[Any]] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    info: stats_pb2.GetServerInfoResponse = field(default_factory=stats_pb2.GetServerInfoResponse)

    def requests(self, rpc: str) -> list[Any]:
        """The requests of one RPC."""
        return [request for name, request in self.asked if name == rpc]

    async def answer(self, rpc: str, request: Any, context: Any) -> Any:
        """Ends a call as the script says."""
        self.asked.append((rpc, request))
        self.metadata = dict(context.invocation_metadata())
        answers = self.answers[rpc]
        told = answers[min(len(self.requests(rpc)), len(answers)) - 1]
        if isinstance(told, RouterError):
            details = to_status(told, "req_1").SerializeToString()
            await context.abort(status_code(told), told.message, ((DETAILS_KEY, details),))
        return told


_RPCS = [
    name
    for name in vars(config_categories_pb2_grpc.ConfigCategoriesServiceServicer)
    if name[0].isupper()
]


def scripted_core(script: Script) -> contextlib.AbstractContextManager[str]:
    """A core that answers as ``script`` says; yields its address."""

    def method(rpc: str) -> Any:
        async def answer(self: object, request: Any, context: Any) -> Any:
            return await script.answer(rpc, request, context)

        return answer

    async def info(self: object, request: Any, context: Any) -> Any:
        return script.info

    config = type(
        "Config",
        (config_categories_pb2_grpc.ConfigCategoriesServiceServicer,),
        {rpc: method(rpc) for rpc in _RPCS},
    )

    async def watch(self: object, request: Any, context: Any) -> Any:
        for event in await script.answer("WatchRequests", request, context):
            yield event

    stats = type(
        "Stats",
        (stats_pb2_grpc.StatsServiceServicer,),
        {
            "GetServerInfo": info,
            "WatchRequests": watch,
            **{rpc: method(rpc) for rpc in ("GetStats", "ListRequests")},
        },
    )

    async def serve(stack: AsyncExitStack) -> int:
        server = GrpcServer([config(), stats()], address="127.0.0.1:0")
        port = await server.start()
        stack.push_async_callback(server.stop, 0)
        return port

    return in_thread(serve)
