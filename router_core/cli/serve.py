"""``serve``, ``core`` and ``shim``: run both halves, or one."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ipaddress
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from router_core import __version__
from router_core.bootstrap import Core, build_core, build_shim, require_default_key
from router_core.errors import ConfigError
from router_core.settings import Settings, environment, read_settings

GRACE_S = 30.0
"""How long running requests may go on after SIGTERM, in seconds."""

KEEP_ALIVE_S = 75
"""How long an idle client's connection stays open, in seconds: longer than clients keep theirs."""


def run_both(*, demo: bool, host: str, port: int, grpc_address: str, config: Path | None) -> None:
    """Runs the core and the shim in one process until SIGTERM or SIGINT."""
    settings, env = _start()
    _require_keys_beyond_loopback(host, settings)
    _require_keys_beyond_loopback(_host_of(grpc_address), settings)

    async def body(stop: asyncio.Event) -> None:
        core = build_core(settings, env, demo=demo, config_path=config)
        if not demo:
            require_default_key(core.config.current(), env)
        listener = _listen(host, port)
        async with _serving_grpc(core, grpc_address) as bound:
            shim = build_shim(settings, host, bound, core.in_process_channel())
            _settle_memory()
            _announce(core, demo=demo, rest=_url(listener), grpc_address=bound)
            await _serve_rest(shim, listener, stop)

    _run(body)


def run_core(*, demo: bool, grpc_address: str, config: Path | None) -> None:
    """Runs the core alone until SIGTERM or SIGINT."""
    settings, env = _start()
    _require_keys_beyond_loopback(_host_of(grpc_address), settings)

    async def body(stop: asyncio.Event) -> None:
        core = build_core(settings, env, demo=demo, config_path=config)
        if not demo:
            require_default_key(core.config.current(), env)
        async with _serving_grpc(core, grpc_address) as bound:
            _settle_memory()
            _announce(core, demo=demo, rest=None, grpc_address=bound)
            await stop.wait()

    _run(body)


def run_shim(*, core: str | None, host: str, port: int) -> None:
    """Runs the shim alone until SIGTERM or SIGINT."""
    settings, _ = _start()
    _require_keys_beyond_loopback(host, settings)
    core_address = core or settings.core_address

    async def body(stop: asyncio.Event) -> None:
        listener = _listen(host, port)
        _say(f"LLM Router {__version__}: REST on {_url(listener)}, core at {core_address}")
        await _serve_rest(build_shim(settings, host, core_address), listener, stop)

    _run(body)


def _start() -> tuple[Settings, dict[str, str]]:
    env = environment()
    settings = read_settings(env)
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    return settings, env


def _run(body: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Runs ``body`` on the fastest loop there is; the event it gets is set by a signal."""

    async def until_signalled() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await body(stop)

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(until_signalled())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # not on Windows
        return None
    return uvloop.new_event_loop


@contextlib.asynccontextmanager
async def _serving_grpc(core: Core, address: str) -> AsyncIterator[str]:
    """Serves the core over gRPC; yields the address that it listens on."""
    server = core.server(address)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(core.close)
        port = await server.start()
        stack.push_async_callback(server.stop, GRACE_S)
        yield address if address.startswith("unix:") else f"{_host_of(address)}:{port}"


def _settle_memory() -> None:
    """Spares the garbage collector what will live as long as the process.

    Modules, stubs and compiled rules are some 100,000 objects, which it would walk
    again and again; requests leave next to no cycles behind. Without this it takes a
    fifth of the time of a request (benchmarks/gateway.py).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class _Uvicorn(uvicorn.Server):
    """A uvicorn that leaves the signals to us: it would end the process by the signal."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


async def _serve_rest(app: FastAPI, listener: socket.socket, stop: asyncio.Event) -> None:
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=round(GRACE_S),
    )
    server = _Uvicorn(config)

    async def stop_when_told() -> None:
        await stop.wait()
        server.should_exit = True

    stopper = asyncio.create_task(stop_when_told())
    try:
        await server.serve(sockets=[listener])
    finally:
        stopper.cancel()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; --port takes another one"
        ) from None


def _require_keys_beyond_loopback(host: str, settings: Settings) -> None:
    if settings.api_keys or _is_loopback(host):
        return
    raise ConfigError(
        f"{host} can be reached from other machines, and no key is set: set"
        " LLM_ROUTER_API_KEYS, or listen on 127.0.0.1"
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.startswith("unix:"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _host_of(address: str) -> str:
    return address if address.startswith("unix:") else address.rpartition(":")[0]


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _announce(core: Core, *, demo: bool, rest: str | None, grpc_address: str) -> None:
    halves = (
        f"gRPC on {grpc_address}" if rest is None else f"REST on {rest}, gRPC on {grpc_address}"
    )
    _say(f"LLM Router {__version__}{' (demo: no model is called)' if demo else ''}: {halves}")
    for warning in core.warnings:
        _say(f"  note: {warning}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
