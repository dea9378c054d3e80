"""Twenty thousand requests in bad weather: each is answered where any model works.

Each model fails for 30 % of the time, in every way there is, some episodes for
minutes. The router's time is a clock that moves a little with each request, so that
fifty minutes pass in seconds; only silence is waited out for real.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

import aiohttp
import pytest

from llm_router import AsyncRouterClient
from rest_shim import call as rest_call
from router_core.app.recording import Recording
from router_core.bootstrap import Core, build_core
from router_core.decide.records import RequestRecord
from router_core.grpc_edge import call as grpc_call
from router_core.grpc_edge.stats import StatsServicer
from router_core.settings import read_settings
from router_core.stores.ledger_file import LedgerFile
from tests.e2e.conftest import serving_rest
from tests.fakes.clock import FakeClock
from tests.fakes.upstream import FakeUpstream
from tests.soak.calls import Calls
from tests.soak.judge import Judge, Request
from tests.soak.traffic import TIMEOUT_S, Answer, Ask, over_grpc, over_rest

REQUESTS: Final = 2000
"""In each of the ten soaks."""
AT_ONCE: Final = 16
STEP_S: Final = 1.5
"""How far the router's time moves with each request, in seconds, on average."""
LEAVING: Final = 0.06
"""The share of clients that leave."""
STALL_S: Final = 0.6
"""The router's patience with a silent upstream, in real seconds."""
FRAMES: Final = 6
"""How far up the stack an allocation may be the test's own."""
GROWTH: Final = 400_000
"""By how many bytes a thousand requests may grow the process: a body each is far more."""
MODELS: Final = ("lab/one", "lab/two", "lab/three", "lab/four")
CATEGORIES: Final = {
    "code": MODELS,
    "reasoning": MODELS[2:] + MODELS[:2],
    "conversation": MODELS[::-1],
}
CONFIG: Final = {
    "version": 1,
    "mode": "keywords",
    # Fewer than the requests of any soak: what is remembered is bounded, and flat from then on.
    "continuity": {"max_sessions": 200},
    "categories": {name: {"models": models} for name, models in CATEGORIES.items()},
    # Of the router's time, which runs ahead; the provider's is waited out in real time.
    "deadlines": {"total_s": 86_400, "first_token_s": STALL_S, "idle_s": STALL_S},
    "providers": {
        "openrouter": {
            "base_url": "http://127.0.0.1:1",
            "api_key_env": "OPENROUTER_API_KEY",
            "deadlines": {"total_s": 2 * STALL_S},
        }
    },
}


class SoakClock(FakeClock):
    """Moves by itself no more than a fake one; who sleeps waits a hundredth."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 100)


class Soak:
    """The router, its upstream, its clients."""

    def __init__(
        self,
        seed: int,
        clock: FakeClock,
        upstream: FakeUpstream,
        ways: dict[str, Ask],
        settle: Callable[[], None],
    ) -> None:
        self.settle = settle
        self._rng = Random(seed)
        self._clock = clock
        self._upstream = upstream
        self._ways = ways
        self.calls = Calls(Random(seed), clock, MODELS)
        self.requests: list[Request] = []
        self._called: dict[int, asyncio.Event] = {}
        upstream.on_request(self.calls.reply)
        self.calls.on_call = self._note_call

    def _note_call(self, number: int) -> None:
        if called := self._called.get(number):  # else its client has left since
            called.set()

    async def run(self, count: int) -> None:
        """Sends ``count`` requests, a few at once."""
        left = iter(range(count))

        async def work() -> None:
            for _ in left:
                await self._one()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        self._upstream.requests.clear()

    async def _one(self) -> None:
        self._clock.advance(self._rng.expovariate(1 / STEP_S))
        category = self._rng.choice(tuple(CATEGORIES))
        streaming = self._rng.random() < 0.5
        content = asyncio.Event()
        request = Request(
            number=len(self.requests),
            chain=CATEGORIES[category],
            streaming=streaming,
            way=self._rng.choice(tuple(self._ways)),
            began=self._clock.monotonic(),
            answer=Answer(on_content=content.set),
        )
        self.requests.append(request)
        called = self._called[request.number] = asyncio.Event()
        body: dict[str, Any] = {
            "model": f"router/{category}",
            "user": str(request.number),
            "messages": [{"role": "user", "content": "hello"}],
        }
        if streaming:
            body["stream"] = True
        asking = asyncio.ensure_future(self._ways[request.way](body, request.answer))
        if self._rng.random() < LEAVING:
            leaves_at = content if streaming and self._rng.random() < 0.5 else called
            await self._leave(asking, leaves_at, request)
        await asyncio.gather(asking, return_exceptions=request.left)
        request.ended = self._clock.monotonic()
        request.answer.ends()
        del self._called[request.number]

    @staticmethod
    async def _leave(asking: asyncio.Future[None], moment: asyncio.Event, request: Request) -> None:
        waiting = asyncio.ensure_future(moment.wait())
        either: set[asyncio.Future[Any]] = {waiting, asking}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        request.left = asking.cancel()


@contextlib.asynccontextmanager
async def soaking(seed: int, home: Path) -> AsyncIterator[Soak]:
    """A soak from start to end; afterwards nothing of it is left."""
    clock = SoakClock()
    async with contextlib.AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(FakeUpstream())
        env = {"OPENROUTER_API_KEY": "sk-test", "OPENROUTER_BASE_URL": upstream.base_url}
        (home / "router_config.json").write_text(json.dumps(CONFIG))
        path = home / "router_config.json"
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(grpc_call, "time", clock)
        # A stream over REST has the shim's deadline, ten minutes, which are soon over here.
        patch.setattr(rest_call, "_timeout_s", lambda *_: TIMEOUT_S)
        core = build_core(read_settings(env), env, config_path=path, clock=clock)
        stack.push_async_callback(core.close)
        server = core.server("127.0.0.1:0")
        port = await server.start()
        stack.push_async_callback(server.stop)
        base_url = await stack.enter_async_context(serving_rest(core))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        channel = await stack.enter_async_context(core.in_process_channel())
        here = await stack.enter_async_context(AsyncRouterClient(channel=channel))
        there = await stack.enter_async_context(AsyncRouterClient(f"127.0.0.1:{port}"))
        ways = {"rest": over_rest(http, base_url), "in process": over_grpc(here)}
        yield Soak(
            seed, clock, upstream, ways | {"grpc": over_grpc(there)}, partial(settle_accounts, core)
        )


def settle_accounts(core: Core) -> None:
    """Adds up what waits to be: savings until somebody asks for metrics, rows for a while."""
    core.metrics()
    (stats,) = (each for each in core.servicers if isinstance(each, StatsServicer))
    ledger = stats._stats.ledger
    assert isinstance(ledger, LedgerFile)
    ledger.flush()
    ledger.tidy(now=True)
    while ledger.tidy():
        pass


def resources() -> tuple[int, int]:
    """How many tasks and how many open files there are."""
    return len(asyncio.all_tasks()), len(list(Path("/proc/self/fd").iterdir()))


async def settled(expected: tuple[int, int]) -> tuple[int, int]:
    """What there is once no more than ``expected`` is left, or after a while."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(5):
            while any(a > b for a, b in zip(resources(), expected, strict=True)):  # noqa: ASYNC110 - nothing tells when they are gone
                await asyncio.sleep(0)
    return resources()


def memory(it: Soak) -> int:
    """Bytes that are held by what is not the test's own, once the accounts are settled."""
    it.settle()
    gc.collect()
    ours = tracemalloc.Filter(inclusive=False, filename_pattern="*/tests/*", all_frames=True)
    return sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces([ours]).traces)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Keeps no warnings, of which there are thousands; an error is a fault."""
    caplog.set_level(logging.ERROR)
    for ours in ("router_core", "rest_shim"):
        caplog.set_level(logging.ERROR, ours)
    yield
    assert not caplog.messages


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many rows the ledger was told, by status."""
    counted: Counter[str] = Counter()
    record = Recording.record

    def count(self: Recording, row: RequestRecord) -> None:
        counted[row.status] += 1
        record(self, row)

    monkeypatch.setattr(Recording, "record", count)
    return counted


async def soak(seed: int, requests: int, home: Path, rows: Counter[str]) -> None:
    """Runs one and judges it: each request, then what is left behind."""
    async with soaking(seed, home) as first:
        await first.run(20)  # what is made once for the process is made here
    rows.clear()
    before = resources()
    async with soaking(seed, home) as it:
        await it.run(requests)
        async with asyncio.timeout(1):
            while not all(call.is_over for call in it.calls):  # noqa: ASYNC110 - any of them
                await asyncio.sleep(0.01)
    after = await settled(before)
    told = Counter(request.outcome for request in it.requests)
    print(f"{dict(told)}, {it.calls.count} calls, {before} -> {after}")  # noqa: T201 - for -s
    judge = Judge(it.calls, it.requests, STALL_S)
    faults = [fault for request in it.requests for fault in judge.faults(request)]
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:20])
    # One that left may have been gone before the router knew of it.
    assert requests - told["left"] <= rows.total() <= requests
    assert 0 <= rows["error"] - told["failed"] - told["broken"] <= told["left"]
    assert all(b >= a for a, b in zip(after, before, strict=True)), "something is left behind"


async def test_a_short_soak(tmp_path: Path, rows: Counter[str]) -> None:
    await soak(0, 150, tmp_path, rows)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(1, 11))
async def test_a_long_soak(seed: int, tmp_path: Path, rows: Counter[str]) -> None:
    await soak(seed, REQUESTS, tmp_path, rows)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_memory_is_flat(tmp_path: Path) -> None:
    async with soaking(11, tmp_path) as it:
        tracemalloc.start(FRAMES)
        await it.run(REQUESTS // 2)
        halfway = memory(it)
        await it.run(REQUESTS // 2)
        growth = memory(it) - halfway
        tracemalloc.stop()
    print(f"{growth:+} bytes in {REQUESTS // 2} requests")  # noqa: T201 - for -s
    assert growth < GROWTH
