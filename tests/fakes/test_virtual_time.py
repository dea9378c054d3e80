"""The loop whose time is its own: waiting is free, and what is under way is waited for."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest

from tests.fakes import virtual_time
from tests.fakes.upstream import FakeUpstream, Repeat, Send, sse
from tests.fakes.upstream_client import chat, post
from tests.fakes.virtual_time import LoopClock, Stuck, VirtualTimeLoop


@pytest.fixture
def runner():
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        yield runner


def test_an_hour_is_over_at_once_and_in_order(runner):
    async def sleep_sort(*seconds: float) -> list[float]:
        done: list[float] = []

        async def one(wait: float) -> None:
            await asyncio.sleep(wait)
            done.append(wait)

        await asyncio.gather(*map(one, seconds))
        return done

    begun = time.monotonic()

    assert runner.run(sleep_sort(3600, 60, 600)) == [60, 600, 3600]
    assert time.monotonic() - begun < 5


def test_its_clock_moves_with_it(runner):
    async def measured() -> tuple[float, float]:
        clock = LoopClock()
        since, before = clock.monotonic(), clock.now()
        await asyncio.sleep(90)
        return clock.monotonic() - since, (clock.now() - before).total_seconds()

    assert runner.run(measured()) == pytest.approx((90, 90), abs=0.01)


def test_what_a_socket_brings_comes_before_the_timer(runner):
    async def answered() -> int:
        async with FakeUpstream() as upstream, aiohttp.ClientSession() as client:
            async with asyncio.timeout(0.5):
                return (await post(client, upstream))[0]

    assert runner.run(answered()) == 200


def test_a_flood_meets_its_deadline(runner):
    async def flooded() -> None:
        async with FakeUpstream() as upstream, aiohttp.ClientSession() as client:
            upstream.enqueue(sse(Repeat(Send(b": more\n\n"))))
            async with asyncio.timeout(0.5):
                await post(client, upstream, chat())

    with pytest.raises(TimeoutError):
        runner.run(flooded())


def test_a_thread_is_waited_for(runner):
    async def worked() -> float:
        loop = asyncio.get_running_loop()
        since = loop.time()
        async with asyncio.timeout(3600):
            await loop.run_in_executor(None, time.sleep, 0.1)
        return loop.time() - since

    assert runner.run(worked()) < 1


def test_a_wait_without_an_end_is_a_mistake(runner, monkeypatch):
    monkeypatch.setattr(virtual_time, "STUCK_S", 0.05)

    async def forever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Stuck, match="no timer"):
        runner.run(forever())
