"""How many calls of each model run at once, and how many wait for one to end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from router_core.decide.config import ModelKey

__all__ = ["Slot", "Slots"]


@dataclass(slots=True)
class _Gate:
    """The calls of one model: how many run, and who waits, the longest first."""

    running: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


@dataclass(frozen=True, slots=True)
class Slot:
    """The leave to run one call.

    Attributes:
        give_back: ends it; the longest waiting call takes its place.
    """

    give_back: Callable[[], None]


class Slots:
    """Bounds the calls of each model; for one event loop. Of models at rest it keeps nothing."""

    def __init__(self) -> None:
        self._gates: dict[ModelKey, _Gate] = {}

    async def take(
        self, model: ModelKey, *, at_once: int, queued: int, wait_s: float
    ) -> Slot | None:
        """A slot; ``None``: there is none.

        Args:
            at_once: how many may run; 1 or more. It may change from call to call.
            queued: how many may wait.
            wait_s: how long to wait, in seconds.
        """
        gate = self._gates.setdefault(model, _Gate())
        if gate.running < at_once and not gate.waiting:
            gate.running += 1
        elif len(gate.waiting) >= queued or not await self._turn_comes(model, gate, wait_s):
            return None
        return Slot(lambda: self._give_back(model, gate))

    async def _turn_comes(self, model: ModelKey, gate: _Gate, wait_s: float) -> bool:
        """Waits for a slot that is handed over, so that as many run as before."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        gate.waiting.append(turn)
        try:
            async with asyncio.timeout(wait_s):
                await turn
        except TimeoutError:
            self._leave(model, gate, turn)
            return False
        except asyncio.CancelledError:
            self._leave(model, gate, turn)
            raise
        return True

    def _leave(self, model: ModelKey, gate: _Gate, turn: asyncio.Future[None]) -> None:
        """Ends a wait; a turn that has come just then goes to the next."""
        if turn in gate.waiting:
            gate.waiting.remove(turn)
        elif turn.done() and not turn.cancelled():
            self._give_back(model, gate)

    def _give_back(self, model: ModelKey, gate: _Gate) -> None:
        while gate.waiting:
            turn = gate.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        gate.running -= 1
        if not gate.running:
            self._gates.pop(model, None)
