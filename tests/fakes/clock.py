"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """The `Clock` port; ``seconds`` is the time that has passed.

    Attributes:
        naps: how long each `sleep` so far was to take, in seconds.
    """

    seconds: float = 1000.0
    naps: list[float] = field(default_factory=list)
    _sleepers: list[tuple[float, asyncio.Future[None]]] = field(default_factory=list)
    _slept: asyncio.Event = field(default_factory=asyncio.Event)

    def monotonic(self) -> float:
        """Seconds from some fixed point."""
        return self.seconds

    def now(self) -> datetime:
        """The time of day, moving with `monotonic`."""
        return START + timedelta(seconds=self.seconds - 1000.0)

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self.seconds += seconds
        for until, sleeper in self._sleepers:
            if until <= self.seconds and not sleeper.done():
                sleeper.set_result(None)

    async def sleep(self, seconds: float) -> None:
        """Waits until a test has let so much time pass."""
        self.naps.append(seconds)
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.seconds + seconds, sleeper))
        self._slept.set()
        try:
            if seconds > 0:
                await sleeper
        finally:
            self._sleepers = [each for each in self._sleepers if each[1] is not sleeper]

    async def done_within(self, future: asyncio.Future[Any], seconds: float) -> bool:
        """Waits for ``future``, but no longer than until so much time has passed."""
        timer = asyncio.ensure_future(self.sleep(seconds))
        try:
            await asyncio.wait((future, timer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
        return future.done()

    @property
    def sleeping(self) -> int:
        """How many wait for time to pass."""
        return len(self._sleepers)

    async def until_asleep(self) -> None:
        """Waits until somebody sleeps whom only `advance` wakes."""
        while all(sleeper.done() for _, sleeper in self._sleepers):
            await self.until_nap(len(self.naps) + 1)

    async def until_nap(self, number: int) -> None:
        """Waits until somebody has gone to sleep for the ``number``-th time."""
        while len(self.naps) < number:
            self._slept.clear()
            await self._slept.wait()
