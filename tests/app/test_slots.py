"""How many calls of each model run at once, and how many wait."""

from __future__ import annotations

import asyncio

import pytest

from router_core.app.slots import Slot, Slots
from tests.app.rig import settle

MODEL = ("openrouter", "lab/one")


async def take(
    slots: Slots, *, at_once: int = 1, queued: int = 9, wait_s: float = 60.0
) -> Slot | None:
    return await slots.take(MODEL, at_once=at_once, queued=queued, wait_s=wait_s)


async def taken(slots: Slots, at_once: int = 1) -> Slot:
    slot = await take(slots, at_once=at_once)
    assert slot is not None
    return slot


async def free(slots: Slots, at_once: int) -> int:
    """How many slots can be taken now."""
    count = 0
    while await take(slots, at_once=at_once, queued=0):
        count += 1
    return count


async def test_there_are_as_many_as_the_limit_says() -> None:
    assert await free(Slots(), 3) == 3


async def test_who_waits_longest_comes_first() -> None:
    slots = Slots()
    held = await taken(slots)
    order: list[str] = []

    async def wait(name: str) -> None:
        slot = await taken(slots)
        order.append(name)
        slot.give_back()

    waiting = [asyncio.ensure_future(wait(name)) for name in "abc"]
    await settle()
    held.give_back()
    await asyncio.gather(*waiting)
    assert order == ["a", "b", "c"]


async def test_a_full_queue_turns_away_at_once() -> None:
    slots = Slots()
    await taken(slots)
    waiting = asyncio.ensure_future(take(slots, queued=1))
    await settle()
    assert await take(slots, queued=1) is None
    waiting.cancel()
    await settle()
    again = asyncio.ensure_future(take(slots, queued=1))
    await settle()
    assert not again.done(), "whoever leaves makes room in the queue"
    again.cancel()


async def test_nobody_waits_for_longer_than_it_may() -> None:
    slots = Slots()
    await taken(slots)
    assert await take(slots, wait_s=0.0) is None
    assert await free(slots, 1) == 0


async def test_models_do_not_wait_for_each_other() -> None:
    slots = Slots()
    await taken(slots)
    assert await slots.take(("local", "lab/one"), at_once=1, queued=0, wait_s=0.0)


async def test_another_limit_counts_those_that_run_already() -> None:
    slots = Slots()
    held = [await taken(slots, at_once=5) for _ in range(5)]
    assert await free(slots, 1) == 0
    assert await free(slots, 6) == 1
    for slot in held:
        slot.give_back()
    assert await free(slots, 3) == 2


async def test_nobody_overtakes_who_waits_when_the_limit_is_raised() -> None:
    slots = Slots()
    held = await taken(slots)
    waiting = asyncio.ensure_future(take(slots))
    await settle()
    assert await take(slots, at_once=2, queued=1) is None
    held.give_back()
    assert await waiting is not None


async def test_a_turn_that_comes_as_its_caller_leaves_goes_to_the_next() -> None:
    slots = Slots()
    held = await taken(slots)
    first, second = (asyncio.ensure_future(take(slots)) for _ in range(2))
    await settle()
    held.give_back()
    first.cancel()
    assert await second is not None
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await free(slots, 1) == 0


async def test_of_models_at_rest_nothing_is_kept() -> None:
    slots = Slots()
    for number in range(100):
        slot = await slots.take(("p", f"made-up-{number}"), at_once=1, queued=0, wait_s=0.0)
        assert slot is not None
        slot.give_back()
    assert slots._gates == {}
