"""The whole router before a scripted upstream, and the command before the demo."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import openai
import pytest
import uvicorn

from router_core.bootstrap import Core, build_core, build_shim
from router_core.cli.running import KEEP_ALIVE_S
from router_core.settings import read_settings
from tests.e2e.serving import Serving, serving
from tests.fakes.upstream import FakeUpstream


@dataclass(frozen=True)
class Router:
    """A router that runs.

    Attributes:
        rest: base URL of the REST shim, without /v1.
        grpc: address of the gRPC core.
        upstream: what it takes for OpenRouter.
    """

    rest: str
    grpc: str
    upstream: FakeUpstream
    core: Core

    def sdk(self, **options: object) -> openai.AsyncOpenAI:
        """The official client, pointed at the router, without retries of its own."""
        settings = {"base_url": f"{self.rest}/v1", "api_key": "any", "max_retries": 0}
        return openai.AsyncOpenAI(**(settings | options))  # type: ignore[arg-type]  # keyword bag


class _Uvicorn(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving_rest(core: Core) -> AsyncIterator[str]:
    """Serves the REST shim before ``core``; yields its base URL."""
    app = build_shim(read_settings({}), "127.0.0.1", "in process", core.in_process_channel())
    config = uvicorn.Config(
        app,
        port=0,
        log_level="error",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    server = _Uvicorn(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
        assert not task.done()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def remote() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream(api_key="sk-test") as remote:
        yield remote


@pytest.fixture
async def router(tmp_path: Path) -> AsyncIterator[Router]:
    """A router before a scripted upstream that behaves like OpenRouter."""
    async with contextlib.AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(FakeUpstream(api_key="sk-test"))
        env = {
            "OPENROUTER_API_KEY": "sk-test",
            "OPENROUTER_BASE_URL": upstream.base_url,
            "LLM_ROUTER_HOME": str(tmp_path),
        }
        core = build_core(read_settings(env), env)
        stack.push_async_callback(core.close)
        server = core.server("127.0.0.1:0")
        port = await server.start()
        stack.push_async_callback(server.stop)
        rest = await stack.enter_async_context(serving_rest(core))
        yield Router(rest=rest, grpc=f"127.0.0.1:{port}", upstream=upstream, core=core)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """``llm-router serve --demo`` as a user starts it, on free ports."""
    home = tmp_path_factory.mktemp("demo")
    with serving(
        "serve", "--demo", "--port", "0", "--grpc-address", "127.0.0.1:0", home=home
    ) as it:
        yield it
