"""How many calls of each model run at once, and how many wait."""

from __future__ import annotations

import asyncio

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


async def test_a_slot_goes_back_to_where_it_was_taken_from() -> None:
    slots = Slots()
    held = [await taken(slots, at_once=5) for _ in range(5)]
    await taken(slots, at_once=1)
    for slot in held:
        slot.give_back()
    assert await free(slots, 1) == 0
