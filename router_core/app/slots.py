"""How many calls of each model run at once, and how many wait for one to end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

__all__ = ["Slot", "Slots"]


@dataclass(slots=True)
class _Gate:
    """The calls of one model."""

    free: asyncio.Semaphore
    size: int
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Slot:
    """The leave to run one call."""

    gate: _Gate

    def give_back(self) -> None:
        """Ends it; the longest waiting call takes its place."""
        self.gate.free.release()


class Slots:
    """Bounds the calls of each model; for one event loop."""

    def __init__(self) -> None:
        self._gates: dict[tuple[str, str], _Gate] = {}

    async def take(
        self, model: tuple[str, str], *, at_once: int, queued: int, wait_s: float
    ) -> Slot | None:
        """A slot; ``None``: there is none.

        Where ``at_once`` has changed, the calls that run already are not counted.

        Args:
            model: its provider and the provider's id of it.
            at_once: how many slots there are; 1 or more.
            queued: how many may wait for one.
            wait_s: how long to wait, in seconds.
        """
        gate = self._gates.get(model)
        if gate is None or gate.size != at_once:
            gate = self._gates[model] = _Gate(asyncio.Semaphore(at_once), at_once)
        if not gate.free.locked():
            await gate.free.acquire()
            return Slot(gate)
        if gate.waiting >= queued:
            return None
        gate.waiting += 1
        try:
            async with asyncio.timeout(wait_s):
                await gate.free.acquire()
        except TimeoutError:
            return None
        finally:
            gate.waiting -= 1
        return Slot(gate)
