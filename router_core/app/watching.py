"""Hands what has just ended to those who watch."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Final

from router_core.decide.figures import Wanted
from router_core.decide.records import RequestRecord

__all__ = ["Seen", "Watching"]

_ROOM: Final = 1_000
"""How many requests wait for one who reads slowly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request that has just ended.

    Attributes:
        missed: how many were left out just before it, since its reader was too slow.
    """

    record: RequestRecord
    missed: int = 0


class Watching:
    """The `Recorder` port over whoever watches at the moment; nobody costs nothing.

    It belongs to one event loop.
    """

    def __init__(self, room: int = _ROOM) -> None:
        """Makes one that nobody watches.

        Args:
            room: how many requests wait for one reader; then the oldest is left out.
        """
        self._room = room
        self._watchers: dict[int, _Watcher] = {}
        self._closed = False

    @property
    def watchers(self) -> int:
        """How many watch."""
        return len(self._watchers)

    def record(self, record: RequestRecord) -> None:
        """Shows one request to those who want it."""
        for watcher in self._watchers.values():
            if record in watcher.wanted:
                watcher.show(record)

    async def follow(self, wanted: Wanted) -> AsyncGenerator[Seen, None]:
        """Yields requests as they end, from the first step on; ends once it is closed."""
        watcher = _Watcher(wanted, self._room)
        self._watchers[id(watcher)] = watcher
        try:
            while True:
                while watcher.waiting:
                    yield watcher.take()
                if self._closed:
                    return
                await watcher.until_woken()
        finally:
            del self._watchers[id(watcher)]

    def close(self) -> None:
        """Lets everyone go, once they have what waits for them; who comes later, at once."""
        self._closed = True
        for watcher in self._watchers.values():
            watcher.woken.set()


@dataclass(slots=True, eq=False)
class _Watcher:
    wanted: Wanted
    room: int
    waiting: deque[RequestRecord] = field(default_factory=deque)
    missed: int = 0
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self, record: RequestRecord) -> None:
        if len(self.waiting) == self.room:
            self.waiting.popleft()
            self.missed += 1
        self.waiting.append(record)
        self.woken.set()

    def take(self) -> Seen:
        missed, self.missed = self.missed, 0
        return Seen(record=self.waiting.popleft(), missed=missed)

    async def until_woken(self) -> None:
        await self.woken.wait()
        self.woken.clear()
