"""How a server process runs: its loop, its signals, its memory, uvicorn in it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

import uvicorn
from fastapi import FastAPI

from router_core.errors import ConfigError

_LAST_S: Final = 1
"""How long what was cut off or refused may take to tell its client, in seconds."""

KEEP_ALIVE_S: Final = 75
"""How long an idle client's connection stays open, in seconds: longer than clients keep theirs."""


def run_until_signalled(body: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Runs ``body`` on the fastest loop there is.

    The first SIGTERM or SIGINT sets the event that it gets; another one cancels it.
    """

    async def with_signals() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        running = loop.create_task(_until_done(body, stop))

        def on_signal() -> None:
            if stop.is_set():
                running.cancel()
                return
            say("stopping: no new requests; those under way may finish, another signal ends them")
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, on_signal)
        with contextlib.suppress(asyncio.CancelledError):
            await running

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(with_signals())


async def _until_done(
    body: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event
) -> None:
    await body(stop)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # not on Windows
        return None
    return uvloop.new_event_loop


def settle_memory() -> None:
    """Starts the garbage collector, sparing it what will live as long as the process.

    Modules, stubs and compiled rules are some 100,000 objects, which it would walk
    again and again, while requests leave next to no cycles behind. Without this it
    takes a fifth of the time of a request.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


def say(line: str) -> None:
    """Tells the operator, on stderr."""
    print(line, file=sys.stderr, flush=True)


def listen(host: str, port: int) -> socket.socket:
    """Listens for HTTP; port 0: any free one.

    Raises:
        ConfigError: the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {host}:{port} ({os.strerror(error.errno or 0)});"
            " --port takes another one"
        ) from None


class _Uvicorn(uvicorn.Server):
    """A uvicorn that leaves the signals to us: it would end the process by the signal."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


async def serve_rest(
    app: FastAPI, listener: socket.socket, stop: asyncio.Event, grace_s: float
) -> None:
    """Serves ``app`` until ``stop`` is set and running requests have ended.

    From then on new ones are refused; after ``grace_s`` those that still run are cut off.
    """
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=_LAST_S,
    )
    server = _Uvicorn(config)

    async def stop_when_told() -> None:
        await stop.wait()
        await app.state.drain(grace_s)
        server.should_exit = True

    stopper = asyncio.create_task(stop_when_told())
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:  # another signal: no more grace, but a last word
        await app.state.drain(0.0)
        server.should_exit = True
        await serving
        raise
    finally:
        stopper.cancel()
