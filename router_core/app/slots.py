"""How many calls of each model run at once, and how many wait for one to end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

__all__ = ["Slots"]


@dataclass(slots=True)
class _Gate:
    """The calls of one model."""

    free: asyncio.Semaphore
    size: int
    waiting: int = 0


class Slots:
    """Bounds the calls of each model; for one event loop."""

    def __init__(self) -> None:
        self._gates: dict[tuple[str, str], _Gate] = {}

    async def take(
        self, model: tuple[str, str], *, at_once: int, queued: int, wait_s: float
    ) -> bool:
        """Takes a slot, which `give` gives back; ``False``: there is none.

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
            return await gate.free.acquire()
        if gate.waiting >= queued:
            return False
        gate.waiting += 1
        try:
            async with asyncio.timeout(wait_s):
                return await gate.free.acquire()
        except TimeoutError:
            return False
        finally:
            gate.waiting -= 1

    def give(self, model: tuple[str, str]) -> None:
        """Gives a slot back; the longest waiting call takes it."""
        self._gates[model].free.release()
