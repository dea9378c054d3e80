"""A model that was kept from being called is called again when its time has come."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from llm_router.v1.stats_pb2 import BreakerState
from tests.fakes.upstream import Delay, completion, error, openai_error
from tests.faults.cells import Cell, Place, Third
from tests.faults.clients import Client, ask
from tests.faults.fault import Fault, fault
from tests.faults.rig import Rig
from tests.faults.table import Kind

FINE = fault("none", Kind.FINE, None)
OUTAGE = fault("outage", Kind.TRANSIENT, error(503), status=503)
LEFT_OUT_FOR = (
    (OUTAGE, 300.0),
    (fault("rate limit", Kind.RATE_LIMITED, error(429, retry_after=7), status=429), 7.0),
    (fault("rate limit without a wait", Kind.RATE_LIMITED, error(429), status=429), 15.0),
    (fault("long rate limit", Kind.RATE_LIMITED, error(429, retry_after=9000)), 300.0),
    (fault("bad key", Kind.NO_ACCESS, openai_error(401), status=401), 300.0),
)


async def called(rig: Rig, times: int = 1) -> list[str]:
    """Which models the next requests call, in order."""
    rig.forget()
    asked = (ask(rig, Client.REST, stream=False) for _ in range(times))
    assert {seen.status for seen in await asyncio.gather(*asked)} == {200}
    return [(request.model or "").removeprefix("lab/") for request in rig.upstream.requests]


async def keep_out(rig: Rig) -> None:
    """Lets the first model fail until it is not called any more."""
    calls = [await called(rig) for _ in range(3)]
    assert "one" not in calls[-1]


async def state_of_one(rig: Rig) -> tuple[BreakerState.ValueType, int]:
    row = (await rig.states())["one"]
    return row.state, row.consecutive_failures


def cell(fault: Fault) -> Cell:
    return Cell(
        fault=fault, place=Place.FIRST, stream=False, client=Client.REST, third=Third.ELSEWHERE
    )


def rig_with(fault: Fault, home: Path) -> AbstractAsyncContextManager[Rig]:
    return Rig.of(cell(fault).chain, cell(fault).addresses, home)


def _name(value: object) -> str:
    return value.name if isinstance(value, Fault) else f"{value} s"


@pytest.mark.parametrize(("fault", "seconds"), LEFT_OUT_FOR, ids=_name)
def test_it_is_called_again(
    fault: Fault, seconds: float, runner: asyncio.Runner, tmp_path: Path
) -> None:
    async def calls() -> Sequence[list[str]]:
        async with rig_with(fault, tmp_path) as rig:
            await keep_out(rig)
            await asyncio.sleep(seconds - 1.5)
            before = await called(rig)
            await asyncio.sleep(1.5)
            rig.chain = cell(FINE).chain
            after = await called(rig)
            assert await state_of_one(rig) == (BreakerState.BREAKER_STATE_CLOSED, 0)
            return before, after

    before, after = runner.run(calls())

    assert "one" not in before
    assert after == ["one"]


def test_a_model_that_is_gone_stays_out(runner: asyncio.Runner, tmp_path: Path) -> None:
    gone = fault("gone", Kind.GONE, error(404, availability="model_deprecated"), status=404)

    async def calls() -> list[str]:
        async with rig_with(gone, tmp_path) as rig:
            await keep_out(rig)
            await asyncio.sleep(3600)
            return await called(rig)

    assert runner.run(calls()) == ["two"]


def test_a_probe_that_fails_opens_it_again(runner: asyncio.Runner, tmp_path: Path) -> None:
    async def calls() -> Sequence[list[str]]:
        async with rig_with(OUTAGE, tmp_path) as rig:
            await keep_out(rig)
            await asyncio.sleep(301)
            assert await state_of_one(rig) == (BreakerState.BREAKER_STATE_HALF_OPEN, 3)
            return await called(rig), await called(rig)

    # The probe is not made twice, and the next request does without it.
    assert runner.run(calls()) == (["one", "two"], ["two"])


def test_one_request_alone_makes_the_probe(runner: asyncio.Runner, tmp_path: Path) -> None:
    slow = replace(completion(), before=[Delay(0.1)])
    late = fault("late", Kind.FINE, slow)

    async def calls() -> list[str]:
        async with rig_with(OUTAGE, tmp_path) as rig:
            await keep_out(rig)
            await asyncio.sleep(301)
            rig.chain = cell(late).chain
            return await called(rig, times=4)

    assert sorted(runner.run(calls())) == ["one", "two", "two", "two"]
