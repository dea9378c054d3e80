"""The clock that stands still: who sleeps on it wakes when a test says so."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.clock import FakeClock


async def test_a_sleeper_wakes_when_its_time_has_come() -> None:
    clock = FakeClock()
    short, long = (asyncio.create_task(clock.sleep(seconds)) for seconds in (5, 10))
    await clock.until_nap(2)

    clock.advance(4.9)
    assert not short.done()
    clock.advance(0.1)
    await short
    assert not long.done()
    clock.advance(60)
    await long

    assert clock.naps == [5, 10]


async def test_no_time_is_over_at_once() -> None:
    await FakeClock().sleep(0)


async def test_a_sleeper_that_is_cancelled_is_forgotten() -> None:
    clock = FakeClock()
    sleeper = asyncio.create_task(clock.sleep(5))
    await clock.until_asleep()

    sleeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeper
    clock.advance(10)

    assert clock._sleepers == []
