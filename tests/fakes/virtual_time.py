"""An event loop whose time is its own: waiting costs nothing, and nothing depends on load.

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())        # asyncio.sleep(3600) in it returns at once

Sockets are real. Time moves by `TICK_S` with each turn of the loop, so that a flood
of bytes meets its deadline; and when nothing is left to do, neither in the loop nor
in its threads, it jumps to the next timer. What code reads from elsewhere, such as
``time.monotonic``, does not follow; `LoopClock` is a `Clock` that does.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar, TypeVarTuple, Unpack

from router_core.clock import SystemClock

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

TICK_S: Final = 250e-6
"""What one turn of the loop takes."""
GRACE_S: Final = 0.003
"""Real seconds without an event after which nothing is on its way through a socket."""
STUCK_S: Final = 5.0
"""Real seconds without an event and without a timer after which nothing will ever come."""


class Stuck(RuntimeError):
    """The loop waits for something that no timer ends."""


class _Selector(selectors.DefaultSelector):
    """Waits in the loop's time rather than in the machine's."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += TICK_S
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        if self.threads or timeout is None:
            events = super().select(STUCK_S)
            if not events:
                raise Stuck(f"nothing has happened for {STUCK_S:g} s, and no timer runs")
            return events
        events = super().select(GRACE_S)
        if not events:
            self.now += timeout
        return events


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """The loop."""

    def __init__(self) -> None:
        self._clockwork = _Selector()
        super().__init__(self._clockwork)

    def time(self) -> float:
        """Seconds from some fixed point."""
        return self._clockwork.now

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """As ever; time stands still until the thread is done."""
        future = super().run_in_executor(executor, func, *args)
        self._clockwork.threads += 1
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _future: asyncio.Future[T]) -> None:
        self._clockwork.threads -= 1


class LoopClock(SystemClock):
    """The `Clock` port over the time of the running loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._begun, self._begun_at = datetime.now(UTC), self._loop.time()

    def monotonic(self) -> float:
        """The loop's time."""
        return self._loop.time()

    def now(self) -> datetime:
        """The time of day, moving with `monotonic`."""
        return self._begun + timedelta(seconds=self._loop.time() - self._begun_at)
