"""Following requests as they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from router_core.app.watching import Seen, Watching
from router_core.decide.figures import Wanted
from tests.app.ended import a_record

EVERYTHING = Wanted()


class Reader:
    """Reads what one watcher is shown."""

    def __init__(self, watching: Watching, wanted: Wanted = EVERYTHING) -> None:
        self.stream: AsyncGenerator[Seen, None] = watching.follow(wanted)
        self._next: asyncio.Task[Seen] | None = None

    async def begin(self) -> None:
        """Watches from here on."""
        self._next = asyncio.ensure_future(anext(self.stream))
        await asyncio.sleep(0)

    async def read(self) -> tuple[str, int]:
        """The id of the next request, and how many are missing before it."""
        pending, self._next = self._next, None
        seen = await (pending or anext(self.stream))
        return seen.record.id, seen.missed


async def watching_reader(watching: Watching, wanted: Wanted = EVERYTHING) -> Reader:
    reader = Reader(watching, wanted)
    await reader.begin()
    return reader


async def test_two_watchers_see_the_same_in_order() -> None:
    watching = Watching()
    readers = [await watching_reader(watching) for _ in range(2)]
    for id_ in ("a", "b"):
        watching.record(a_record(id_))
    for reader in readers:
        assert [await reader.read(), await reader.read()] == [("a", 0), ("b", 0)]


async def test_each_sees_what_it_wants() -> None:
    watching = Watching()
    code = await watching_reader(watching, Wanted(category="code"))
    two = await watching_reader(watching, Wanted(model="two"))
    watching.record(a_record("a", category="tools", model="one"))
    watching.record(a_record("b", category="code", model="one"))
    watching.record(a_record("c", category="tools", model="two"))
    assert await code.read() == ("b", 0)
    assert await two.read() == ("c", 0)


async def test_a_slow_reader_misses_the_oldest_and_is_told_how_many() -> None:
    watching = Watching(room=3)
    slow, quick = await watching_reader(watching), await watching_reader(watching)
    for number in range(6):
        watching.record(a_record(f"{number}"))
        assert await quick.read() == (f"{number}", 0)
    assert await slow.read() == ("0", 0)
    assert [await slow.read() for _ in range(3)] == [("3", 2), ("4", 0), ("5", 0)]
    watching.record(a_record("6"))
    assert await slow.read() == ("6", 0)


async def test_who_leaves_is_forgotten() -> None:
    watching = Watching()
    reader = await watching_reader(watching)
    watching.record(a_record("a"))
    await reader.read()
    assert watching.watchers == 1
    await reader.stream.aclose()
    assert watching.watchers == 0
    watching.record(a_record("b"))


async def test_who_is_cut_off_while_waiting_is_forgotten() -> None:
    watching = Watching()
    reader = await watching_reader(watching)
    assert reader._next is not None
    reader._next.cancel()
    await asyncio.wait([reader._next])
    assert watching.watchers == 0


async def test_what_ended_before_is_not_shown() -> None:
    watching = Watching()
    watching.record(a_record("before"))
    reader = await watching_reader(watching)
    watching.record(a_record("after"))
    assert await reader.read() == ("after", 0)


async def test_closing_lets_everyone_go_with_what_waits_for_them() -> None:
    watching = Watching()
    idle, busy = await watching_reader(watching), await watching_reader(watching)
    watching.record(a_record("a"))
    watching.record(a_record("b"))
    assert await idle.read() == ("a", 0)
    assert await idle.read() == ("b", 0)
    await idle.begin()
    watching.close()
    assert [await busy.read(), await busy.read()] == [("a", 0), ("b", 0)]
    for reader in (idle, busy, await watching_reader(watching)):
        with pytest.raises(StopAsyncIteration):
            await reader.read()
    assert watching.watchers == 0
