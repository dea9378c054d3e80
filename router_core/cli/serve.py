"""``serve``, ``core`` and ``shim``: run both halves, or one."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from router_core import __version__
from router_core.bootstrap import Core, build_core, build_shim, require_default_key
from router_core.cli.running import (
    GRACE_S,
    listen,
    run_until_signalled,
    say,
    serve_rest,
    settle_memory,
    start_logging,
)
from router_core.errors import ConfigError
from router_core.settings import Settings, environment, read_settings


def run_both(*, demo: bool, host: str, port: int, grpc_address: str, config: Path | None) -> None:
    """Runs the core and the shim in one process until SIGTERM or SIGINT."""
    settings, env = _start(host, _host_of(grpc_address))

    async def body(stop: asyncio.Event) -> None:
        core = _build(settings, env, demo=demo, config=config)
        listener = listen(host, port)
        async with _serving_grpc(core, grpc_address) as bound:
            shim = build_shim(settings, host, bound, core.in_process_channel())
            settle_memory()
            _announce(core, f"REST on {_url(listener)}, gRPC on {bound}", demo=demo)
            await serve_rest(shim, listener, stop)

    run_until_signalled(body)


def run_core(*, demo: bool, grpc_address: str, config: Path | None) -> None:
    """Runs the core alone until SIGTERM or SIGINT."""
    settings, env = _start(_host_of(grpc_address))

    async def body(stop: asyncio.Event) -> None:
        core = _build(settings, env, demo=demo, config=config)
        async with _serving_grpc(core, grpc_address) as bound:
            settle_memory()
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
        await serve_rest(shim, listener, stop)

    run_until_signalled(body)


def _start(*hosts: str) -> tuple[Settings, dict[str, str]]:
    """The settings and the environment of a process that will listen on ``hosts``."""
    env = environment()
    settings = read_settings(env)
    start_logging(settings.log_level)
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
async def _serving_grpc(core: Core, address: str) -> AsyncIterator[str]:
    """Serves the core over gRPC; yields the address that it listens on."""
    server = core.server(address)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(core.close)
        port = await server.start()
        stack.push_async_callback(server.stop, GRACE_S)
        yield address if address.startswith("unix:") else f"{_host_of(address)}:{port}"


def _announce(core: Core, where: str, *, demo: bool) -> None:
    say(f"LLM Router {__version__}{' (demo: no model is called)' if demo else ''}: {where}")
    for warning in core.warnings:
        say(f"  note: {warning}")


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
