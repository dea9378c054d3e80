"""A scripted core, the shim on a real port before it, and a client."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx
import pytest
import uvicorn

from rest_shim.main import create_app
from rest_shim.settings import ShimSettings
from tests.rest_shim import scripted_core
from tests.rest_shim.scripted_core import ScriptedCore

Serve = Callable[[ShimSettings], Awaitable[httpx.AsyncClient]]


class _Server(uvicorn.Server):
    """Leaves the signals to pytest, and stops at once when it is told to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()

    async def main_loop(self) -> None:
        await self.stop.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def _served(settings: ShimSettings) -> AsyncIterator[str]:
    config = uvicorn.Config(
        create_app(settings=settings), port=0, log_level="error", timeout_graceful_shutdown=1
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
        assert not serving.done()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop.set()
        await serving


@pytest.fixture
async def core() -> ScriptedCore:
    """A core that gives empty answers until it is told otherwise."""
    return ScriptedCore.idle()


@pytest.fixture
async def core_address(core: ScriptedCore) -> AsyncIterator[str]:
    """Where the scripted core listens."""
    server, address = await scripted_core.start(core)
    yield address
    await server.stop(None)


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts shims with other settings; returns a client for each."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(settings: ShimSettings) -> httpx.AsyncClient:
            url = await stack.enter_async_context(_served(settings))
            return await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=10))

        yield start


@pytest.fixture
async def client(core_address: str, serve: Serve) -> httpx.AsyncClient:
    """A client of a shim before the scripted core."""
    return await serve(ShimSettings(core_address=core_address, max_body_bytes=2**20))


@pytest.fixture
def free_address() -> Iterator[str]:
    """Where nobody listens."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))  # bound, but not listening: nobody else can take it
        yield f"127.0.0.1:{holder.getsockname()[1]}"
