"""``serve``, ``core`` and ``shim``: run both halves, or one."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from router_core import __version__
from router_core.bootstrap import (
    Core,
    build_core,
    build_shim,
    log_to_stderr,
    require_default_key,
)
from router_core.cli.running import (
    listen,
    run_until_signalled,
    say,
    serve_rest,
    settle_memory,
)
from router_core.errors import ConfigError
from router_core.settings import Settings, environment, read_settings


def run_both(*, demo: bool, host: str, port: int, grpc_address: str, config: Path | None) -> None:
    """Runs the core and the shim in one process until SIGTERM or SIGINT."""
    settings, env = _start(host, _host_of(grpc_address))

    async def body(stop: asyncio.Event) -> None:
        core = _build(settings, env, demo=demo, config=config)
        listener = listen(host, port)
        async with _serving_grpc(core, grpc_address, stop, settings.grace_s) as bound:
            total_s = core.config.current().deadlines.total_s
            shim = build_shim(settings, host, bound, core.in_process_channel(), total_s)
            settle_memory()
            core.start()
            await core.know_models()
            _announce(core, f"REST on {_url(listener)}, gRPC on {bound}", demo=demo)
            await serve_rest(shim, listener, stop, settings.grace_s)

    run_until_signalled(body)


def run_core(*, demo: bool, grpc_address: str, config: Path | None) -> None:
    """Runs the core alone until SIGTERM or SIGINT."""
    settings, env = _start(_host_of(grpc_address))

    async def body(stop: asyncio.Event) -> None:
        core = _build(settings, env, demo=demo, config=config)
        async with _serving_grpc(core, grpc_address, stop, settings.grace_s) as bound:
            settle_memory()
            core.start()
            await core.know_models()
            _announce(core, f"gRPC on {bound}", demo=demo)
            await stop.wait()

    run_until_signalled(body)


def run_shim(*, core: str | None, host: str, port: int) -> None:
    """Runs the shim alone until SIGTERM or SIGINT."""
    settings, _ = _start(host)
    core_address = core or settings.core_address

    async def body(stop: asyncio.Event) -> None:
        listener = listen(host, port)
        shim = build_shim(settings, host, core_address)
        settle_memory()
        say(f"LLM Router {__version__}: REST on {_url(listener)}, core at {core_address}")
        await serve_rest(shim, listener, stop, settings.grace_s)

    run_until_signalled(body)


def _start(*hosts: str) -> tuple[Settings, dict[str, str]]:
    """The settings and the environment of a process that will listen on ``hosts``."""
    env = environment()
    settings = read_settings(env)
    atexit.register(log_to_stderr(settings))
    for host in hosts:
        if not settings.api_keys and not _is_loopback(host):
            raise ConfigError(
                f"{host} can be reached from other machines, and no key is set: set"
                " LLM_ROUTER_API_KEYS, or listen on 127.0.0.1"
            )
    return settings, env


def _build(settings: Settings, env: Mapping[str, str], *, demo: bool, config: Path | None) -> Core:
    core = build_core(settings, env, demo=demo, config_path=config)
    if not demo:
        require_default_key(core.config.current(), env)
    return core


@contextlib.asynccontextmanager
async def _serving_grpc(
    core: Core, address: str, stop: asyncio.Event, grace_s: float
) -> AsyncIterator[str]:
    """Serves the core over gRPC; yields the address that it listens on.

    Once ``stop`` is set it takes no more calls, whatever else is still served; when
    the block ends, so have the running calls; where it is cancelled, at once.
    """
    server = core.server(address)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(core.close)
        port = await server.start()

        async def stop_when_told() -> None:
            await stop.wait()
            await server.stop(grace_s)

        stopping = asyncio.create_task(stop_when_told())
        try:
            yield address if address.startswith("unix:") else f"{_host_of(address)}:{port}"
        except asyncio.CancelledError:  # another signal
            await server.stop()
            raise
        finally:
            stop.set()
            await stopping


def _announce(core: Core, where: str, *, demo: bool) -> None:
    say(f"LLM Router {__version__}{' (demo: no model is called)' if demo else ''}: {where}")
    say(f"  config: {core.config.path}")
    for line in (*core.to_mend(), *core.notes):
        say(f"  note: {line}")


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.startswith("unix:"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _host_of(address: str) -> str:
    """The host of a gRPC address; of a unix socket, the address itself.

    Raises:
        ConfigError: it is neither HOST:PORT nor unix:/PATH.
    """
    if address.startswith("unix:"):
        return address
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ConfigError(f"--grpc-address must be HOST:PORT or unix:/PATH, not {address!r}")
    return host


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
